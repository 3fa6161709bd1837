/** Adding up a table (docs/protocol/10-statistics.md, *Release*). */
import { type Bytes, concat } from "../core/bytes.js";
import { encode } from "../core/encoding.js";
import { ctx } from "../core/hashing.js";
import * as hpke from "../core/hpke.js";
import { verify } from "../core/signing.js";
import { add, decodeVector, MODULUS, mod } from "./field.js";

/** Throws `refused-key` or `refused-signature`. */
export function checkReleased(serverKey: Bytes, programme: Bytes, closingLeaf: Bytes, share: Bytes, signature: Bytes): void {
  verify(serverKey, "release", encode([programme, closingLeaf, share]), signature);
}

/** The second aggregator's sum, as it was sealed to the lead's offer. Throws `refused-open`. */
export function openTotal(seed: Bytes, programme: Bytes, opening: Bytes, sealed: Bytes): Bytes {
  return hpke.open(seed, concat(ctx("total"), encode([programme, opening])), sealed);
}

export function aggregate(shares: readonly Bytes[], cells: number): bigint[] {
  const zeros = Array.from({ length: cells }, () => 0n);
  return shares.map((share) => decodeVector(share, cells, "refused-report")).reduce(add, zeros);
}

export function withNoise(total: readonly bigint[], noise: readonly bigint[]): bigint[] {
  return total.map((cell, i) => mod(cell + noise[i]!));
}

/** Field elements as the signed integers that they stand for. */
export const signed = (cells: readonly bigint[]): bigint[] => cells.map((cell) => (cell > MODULUS / 2n ? cell - MODULUS : cell));
