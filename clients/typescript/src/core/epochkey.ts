/** Epoch keys: commitments, wraps, sealed previous keys, the inbox and the names in it (docs/protocol/2-keys.md). */
import { gcm } from "@noble/ciphers/aes.js";

import { type Bytes, concat, equal, fromUtf8, u64, utf8 } from "./bytes.js";
import { encode } from "./encoding.js";
import { ctx, derive, H, hkdf } from "./hashing.js";
import * as hpke from "./hpke.js";
import { unpad } from "./padding.js";
import { demand, orRefuse } from "./refused.js";
import { sign, verify } from "./signing.js";

const WRONG = "refused-open";
const NAME_SIZE = 256;
const LONGEST_NAME = 176;

export type Wrapping = { programme: Bytes; log: Bytes; epoch: number; reader: Bytes };

export function commitment(epoch: number, key: Bytes): Bytes {
  return H("epoch", u64(epoch), key);
}

const wrapInfo = ({ programme, log, epoch, reader }: Wrapping): Bytes =>
  concat(ctx("wrap"), encode([programme, log, epoch, reader]));

export function wrap(reader: Bytes, to: Wrapping, key: Bytes, randomness?: Bytes): Bytes {
  return hpke.seal(reader, wrapInfo(to), key, randomness);
}

/** The epoch key in a wrap, if it is the one that the roster commits to; throws `refused-open`. */
export function unwrap(seed: Bytes, to: Wrapping, sealed: Bytes, committed: Bytes): Bytes {
  demand(sealed.length === hpke.sealedSize(32), WRONG, { reason: "size" });
  const key = hpke.open(seed, wrapInfo(to), sealed);
  demand(equal(commitment(to.epoch, key), committed), WRONG, { reason: "commitment" });
  return key;
}

function previousCipher(key: Bytes, epoch: number, log: Bytes, committed: Bytes): ReturnType<typeof gcm> {
  const made = hkdf(key, new Uint8Array(0), "previous", concat(log, u64(epoch)), 44);
  return gcm(made.subarray(0, 32), made.subarray(32), committed);
}

/** `epoch` is that of `key`, the new one; the previous key is of the epoch before. */
export function sealPrevious(key: Bytes, epoch: number, log: Bytes, previous: Bytes): Bytes {
  return previousCipher(key, epoch, log, commitment(epoch - 1, previous)).encrypt(previous);
}

export function openPrevious(key: Bytes, epoch: number, log: Bytes, sealed: Bytes, committed: Bytes, previousEpoch = epoch - 1): Bytes {
  demand(sealed.length === 48, WRONG, { reason: "size" });
  const cipher = previousCipher(key, epoch, log, committed);
  const previous = orRefuse(WRONG, { reason: "tag" }, () => cipher.decrypt(sealed));
  demand(equal(commitment(previousEpoch, previous), committed), WRONG, { reason: "commitment" });
  return previous;
}

/** HPKE seed of the leads' inbox. */
export function inboxSeed(leadsKey: Bytes): Bytes {
  return derive(leadsKey, "inbox");
}

const nameInfo = (programme: Bytes, account: Bytes): Bytes => concat(ctx("name"), encode([programme, account]));

export function sealName(inbox: Bytes, programme: Bytes, account: Bytes, name: string, deviceSeed: Bytes): Bytes {
  demand(utf8(name).length <= LONGEST_NAME, WRONG, { reason: "size" });
  const padded = new Uint8Array(NAME_SIZE);
  padded.set(concat(sign(deviceSeed, "display-name", encode([programme, account, name])), utf8(name), Uint8Array.of(0x80)));
  return hpke.seal(inbox, nameInfo(programme, account), padded);
}

export function openName(seed: Bytes, programme: Bytes, account: Bytes, sealed: Bytes, deviceKey: Bytes): string {
  demand(sealed.length === hpke.sealedSize(NAME_SIZE), WRONG, { reason: "size" });
  const opened = unpad(hpke.open(seed, nameInfo(programme, account), sealed));
  demand(opened.length >= 64 && opened.length <= 64 + LONGEST_NAME, WRONG, { reason: "padding" });
  const name = orRefuse(WRONG, { reason: "text" }, () => fromUtf8(opened.subarray(64)));
  orRefuse(WRONG, { reason: "signature" }, () =>
    verify(deviceKey, "display-name", encode([programme, account, name]), opened.subarray(0, 64)),
  );
  return name;
}
