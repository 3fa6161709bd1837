/** Field128 of the VDAF draft: numbers below a prime, sixteen bytes each, little-endian. */
import type { Bytes } from "../core/bytes.js";
import { demand } from "../core/refused.js";

export const MODULUS = 340282366920938462946865773367900766209n;
/** Of order 2^66, the largest power of two there is. */
const GENERATOR = power(7n, 4611686018427387897n);
const ORDER = 66;
const SIZE = 16;

export const mod = (value: bigint): bigint => ((value % MODULUS) + MODULUS) % MODULUS;

export function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % MODULUS];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % MODULUS;
    square = (square * square) % MODULUS;
  }
  return result;
}

export const inverse = (value: bigint): bigint => power(value, MODULUS - 2n);

/** A generator of the subgroup of order `n`, a power of two. */
export const root = (n: number): bigint => power(GENERATOR, 1n << BigInt(ORDER - Math.log2(n)));

export function encodeVector(elements: readonly bigint[]): Bytes {
  const out = new Uint8Array(elements.length * SIZE);
  elements.forEach((element, i) => {
    for (let at = i * SIZE, rest = element; rest > 0n; at++, rest >>= 8n) out[at] = Number(rest & 255n);
  });
  return out;
}

/** Throws the problem given where these are not so many elements. */
export function decodeVector(data: Bytes, length: number, problem: string): bigint[] {
  demand(data.length === length * SIZE, problem);
  return Array.from({ length }, (_, i) => {
    const element = little(data.subarray(i * SIZE, (i + 1) * SIZE));
    demand(element < MODULUS, problem);
    return element;
  });
}

export function little(data: Bytes): bigint {
  return data.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

export function add(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  return a.map((element, i) => (element + b[i]!) % MODULUS);
}

export function subtract(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  return a.map((element, i) => mod(element - b[i]!));
}
