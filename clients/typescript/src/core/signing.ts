/** Ed25519, strict (docs/protocol/2-keys.md). */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, equal } from "./bytes.js";
import { ctx } from "./hashing.js";
import { demand, orRefuse } from "./refused.js";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

/** The check before the first use of a public key; throws `refused-key`. */
export function checkSigningKey(key: Bytes): void {
  pointOf(key);
}

function pointOf(key: Bytes): InstanceType<typeof Point> {
  demand(key.length === 32, "refused-key");
  // Strict decoding: y below p, on the curve, no sign of an x that is zero.
  const point = orRefuse("refused-key", {}, () => Point.fromBytes(key, false));
  demand(!point.isSmallOrder(), "refused-key");
  return point;
}

/** Throws `refused-key` or `refused-signature`. The library's own `verify` multiplies with the cofactor, which this protocol forbids. */
export function verify(key: Bytes, context: string, data: Bytes, signature: Bytes): void {
  const A = pointOf(key);
  demand(signature.length === 64, "refused-signature");
  const R = signature.subarray(0, 32);
  const S = little(signature.subarray(32));
  demand(S < ORDER, "refused-signature");
  const k = little(sha512(concat(R, key, ctx(context), data))) % ORDER;
  const expected = Point.BASE.multiplyUnsafe(S).subtract(A.multiplyUnsafe(k));
  demand(equal(expected.toBytes(), R), "refused-signature");
}

export function sign(seed: Bytes, context: string, data: Bytes): Bytes {
  return ed25519.sign(concat(ctx(context), data), seed);
}

export function signingKey(seed: Bytes): Bytes {
  return ed25519.getPublicKey(seed);
}

function little(data: Bytes): bigint {
  let number = 0n;
  for (let i = data.length - 1; i >= 0; i--) number = (number << 8n) | BigInt(data[i]!);
  return number;
}
