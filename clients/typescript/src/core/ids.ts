/** What things are called (docs/protocol/1-encoding.md). */
import { type Bytes, EMPTY, utf8 } from "./bytes.js";
import { H } from "./hashing.js";

export type SpaceName = "personal" | "commons" | "leads";

export function logId(programme: Bytes, name: SpaceName | "witness", account: Bytes = EMPTY): Bytes {
  return H("log", programme, name === "personal" ? account : EMPTY, utf8(name));
}

export function genesis(programme: Bytes, log: Bytes): Bytes {
  return H("genesis", programme, log);
}

export function deviceId(signing: Bytes, hpkeHash: Bytes): Bytes {
  return H("device", signing, hpkeHash);
}

export function inviteId(signing: Bytes, hpkeHash: Bytes): Bytes {
  return H("invite-id", signing, hpkeHash);
}
