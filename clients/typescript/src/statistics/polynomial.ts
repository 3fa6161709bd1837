/** Polynomials over Field128, by their values at the powers of a root of unity. */
import { inverse, mod, MODULUS, root } from "./field.js";

/** Values at the powers of `w`, of a polynomial given by as many coefficients; turned round, with the inverse of `w` and a factor. */
function transform(coefficients: readonly bigint[], w: bigint): bigint[] {
  const n = coefficients.length;
  if (n === 1) return [...coefficients];
  const square = (w * w) % MODULUS;
  const even = transform(coefficients.filter((_, i) => i % 2 === 0), square);
  const odd = transform(coefficients.filter((_, i) => i % 2 === 1), square);
  const values = new Array<bigint>(n);
  for (let i = 0, power = 1n; i < n / 2; i++, power = (power * w) % MODULUS) {
    const turned = (power * odd[i]!) % MODULUS;
    values[i] = (even[i]! + turned) % MODULUS;
    values[i + n / 2] = mod(even[i]! - turned);
  }
  return values;
}

function coefficientsOf(values: readonly bigint[]): bigint[] {
  const n = values.length;
  const factor = inverse(BigInt(n));
  return transform(values, inverse(root(n))).map((value) => (value * factor) % MODULUS);
}

/** The same polynomial at twice as many points. */
export function doubled(values: readonly bigint[]): bigint[] {
  const n = values.length;
  return transform([...coefficientsOf(values), ...new Array<bigint>(n).fill(0n)], root(2 * n));
}

/** The last of 2^i values, of a polynomial of a degree that the others settle. */
export function completed(values: readonly bigint[]): bigint[] {
  const w = root(values.length + 1);
  let [sum, power] = [0n, 1n];
  for (const value of values) {
    sum = (sum + value * power) % MODULUS;
    power = (power * w) % MODULUS;
  }
  return [...values, mod(-w * sum)];
}

export function valueAt(values: readonly bigint[], t: bigint): bigint {
  return coefficientsOf(values).reduceRight((sum, coefficient) => (sum * t + coefficient) % MODULUS, 0n);
}
