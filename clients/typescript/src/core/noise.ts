/** The noise of a release (docs/protocol/10-statistics.md). */
import { turboshake128 } from "@noble/hashes/sha3-addons.js";

import { type Bytes, concat } from "./bytes.js";
import { hkdf } from "./hashing.js";

/** `cells` draws from the discrete Laplace distribution of scale numerator / denominator. */
export function noise(key: Bytes, closingLeaf: Bytes, aggregator: number, numerator: bigint, denominator: bigint, cells: number): bigint[] {
  const seed = hkdf(key, new Uint8Array(0), "noise", concat(closingLeaf, Uint8Array.of(aggregator)), 32);
  const common = gcd(numerator, denominator);
  const sampler = new Sampler(seed);
  return Array.from({ length: cells }, () => sampler.laplace(numerator / common, denominator / common));
}

class Sampler {
  private readonly stream;

  constructor(seed: Bytes) {
    this.stream = turboshake128.create({ D: 0x1f }).update(seed);
  }

  laplace(t: bigint, s: bigint): bigint {
    for (;;) {
      const U = this.below(t);
      if (!this.expCoin(U, t)) continue;
      let V = 0n;
      while (this.expCoin(1n, 1n)) V++;
      const Y = (U + t * V) / s;
      const negative = this.coin(1n, 2n);
      if (negative && Y === 0n) continue;
      return negative ? -Y : Y;
    }
  }

  private expCoin(a: bigint, d: bigint): boolean {
    let K = 1n;
    while (this.coin(a, d * K)) K++;
    return K % 2n === 1n;
  }

  private coin(a: bigint, d: bigint): boolean {
    return this.below(d) < a;
  }

  private below(n: bigint): bigint {
    const bits = n === 1n ? 0 : (n - 1n).toString(2).length;
    if (bits === 0) return 0n;
    const size = Math.ceil(bits / 8);
    for (;;) {
      const drawn = this.stream.xof(size).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> BigInt(8 * size - bits);
      if (drawn < n) return drawn;
    }
  }
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}
