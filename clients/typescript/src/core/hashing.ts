/** Context strings, hashes and derived keys (docs/protocol/1-encoding.md). */
import { hkdf as rfc5869 } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, EMPTY, utf8 } from "./bytes.js";

export function ctx(name: string): Bytes {
  return concat(utf8(`hallway/1 ${name}`), Uint8Array.of(0));
}

export function H(name: string, ...data: Bytes[]): Bytes {
  return sha256(concat(ctx(name), ...data));
}

export function hkdf(ikm: Bytes, salt: Bytes, name: string, data: Bytes, length: number): Bytes {
  return rfc5869(sha256, ikm, salt, concat(ctx(name), data), length);
}

/** A key, nonce or seed of which the context is all that tells it apart. */
export function derive(ikm: Bytes, name: string, length = 32): Bytes {
  return hkdf(ikm, EMPTY, name, EMPTY, length);
}
