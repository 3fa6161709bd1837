/** XofTurboShake128 of the VDAF draft. */
import { turboshake128 } from "@noble/hashes/sha3-addons.js";

import { type Bytes, concat } from "../core/bytes.js";
import { little, MODULUS } from "./field.js";

export const SEED = 32;
const ELEMENT = 16;

const start = (seed: Bytes, dst: Bytes, binder: Bytes) =>
  turboshake128
    .create({ D: 1 })
    .update(concat(Uint8Array.of(dst.length & 255, dst.length >> 8), dst, Uint8Array.of(seed.length), seed, binder));

export function deriveSeed(seed: Bytes, dst: Bytes, binder: Bytes): Bytes {
  return start(seed, dst, binder).xof(SEED);
}

/** Elements below the modulus; drawings at or above it are thrown away. */
export function expand(seed: Bytes, dst: Bytes, binder: Bytes, length: number): bigint[] {
  const stream = start(seed, dst, binder);
  const elements: bigint[] = [];
  while (elements.length < length) {
    const drawn = little(stream.xof(ELEMENT));
    if (drawn < MODULUS) elements.push(drawn);
  }
  return elements;
}
