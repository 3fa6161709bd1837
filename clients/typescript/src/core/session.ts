import type { Bytes } from "./bytes.js";
import { encode } from "./encoding.js";

/** What opening a session signs (docs/protocol/6-sync.md). */
export function sessionMessage(origin: string, challenge: Bytes, principal: Bytes): Bytes {
  return encode([origin, challenge, principal]);
}
