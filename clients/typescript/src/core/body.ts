/** Sealed bodies (docs/protocol/5-sealed.md). */
import { gcm } from "@noble/ciphers/aes.js";

import { type Bytes, concat, equal } from "./bytes.js";
import { hkdf } from "./hashing.js";
import { unpad } from "./padding.js";
import { demand, orRefuse } from "./refused.js";

export const RUNGS = [4096, 16384, 65536, 262144, 1048576];
const PREFIX = 64;
const TAG = 16;

function keys(epochKey: Bytes, salt: Bytes, fields: Bytes): { key: Bytes; nonce: Bytes; commitment: Bytes } {
  const made = hkdf(epochKey, salt, "seal", fields, 76);
  return { key: made.subarray(0, 32), nonce: made.subarray(32, 44), commitment: made.subarray(44) };
}

/** `fields`: the encoded header without its body hash. */
export function sealBody(epochKey: Bytes, salt: Bytes, fields: Bytes, plaintext: Bytes): Bytes {
  const rung = RUNGS.find((size) => plaintext.length + 1 <= size - PREFIX - TAG);
  demand(rung !== undefined, "refused-open", { reason: "body-size" });
  const padded = new Uint8Array(rung - PREFIX - TAG);
  padded.set(plaintext);
  padded[plaintext.length] = 0x80;
  const { key, nonce, commitment } = keys(epochKey, salt, fields);
  return concat(salt, commitment, gcm(key, nonce, fields).encrypt(padded));
}

/** Throws `refused-open`; the commitment is compared before anything is decrypted. */
export function openBody(epochKey: Bytes, fields: Bytes, body: Bytes): Bytes {
  demand(RUNGS.includes(body.length), "refused-open", { reason: "body-size" });
  const { key, nonce, commitment } = keys(epochKey, body.subarray(0, 32), fields);
  demand(equal(commitment, body.subarray(32, PREFIX)), "refused-open", { reason: "commitment" });
  return unpad(orRefuse("refused-open", { reason: "tag" }, () => gcm(key, nonce, fields).decrypt(body.subarray(PREFIX))));
}
