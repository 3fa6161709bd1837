/** Prio3 of the VDAF draft, `VERSION` 18, for what page 10 counts: one proof, joint randomness, two or three shares. */
import { type Bytes, concat, equal } from "../core/bytes.js";
import { demand } from "../core/refused.js";
import type { Task } from "../roster/statements.js";
import { type Circuit, circuitOf } from "./circuit.js";
import { add, decodeVector, encodeVector, subtract } from "./field.js";
import { decide, proofLength, prove, proveRandomness, query, QUERY_RANDOMNESS, verifierLength } from "./proof.js";
import { deriveSeed, expand, SEED } from "./xof.js";

const VERSION = 18;
const REFUSED = "refused-report";
const USAGE = { measurement: 1, proof: 2, joint: 3, prove: 4, query: 5, jointSeed: 6, jointPart: 7 };
const ONE_PROOF = Uint8Array.of(1);

export type Sharded = { readonly publicShare: Bytes; readonly inputShares: readonly Bytes[] };
export type Verifying = { readonly output: readonly bigint[]; readonly seed: Bytes };
type Opened = { readonly encoded: bigint[]; readonly proof: bigint[]; readonly blind: Bytes };

export class Prio3 {
  private readonly circuit: Circuit;
  private readonly shares: number;

  constructor(
    task: Task,
    private readonly context: Bytes,
  ) {
    this.circuit = circuitOf(task);
    this.shares = task.shares;
  }

  /** `randomness`: two seeds a share. Throws `refused-measurement`. */
  shard(measurement: unknown, nonce: Bytes, randomness: Bytes): Sharded {
    const encoded = this.circuit.encode(measurement);
    const seeds = split(randomness);
    const helpers = Array.from({ length: this.shares - 1 }, (_, i) => ({ seed: seeds[2 * i]!, blind: seeds[2 * i + 1]! }));
    const [blind, proveSeed] = seeds.slice(-2) as [Bytes, Bytes];
    const opened = helpers.map((one, i) => this.helper(i + 1, one.seed, one.blind));
    const leader = opened.reduce((left, one) => subtract(left, one.encoded), encoded);
    const parts = [{ encoded: leader, blind }, ...opened].map((one, i) => this.part(i, one.blind, one.encoded, nonce));
    const proveRandom = expand(proveSeed, this.dst(USAGE.prove), ONE_PROOF, proveRandomness(this.circuit));
    const proof = prove(this.circuit, encoded, proveRandom, this.jointRandomness(this.jointSeed(parts)));
    const leaderProof = opened.reduce((left, one) => subtract(left, one.proof), proof);
    return {
      publicShare: concat(...parts),
      inputShares: [
        concat(encodeVector(leader), encodeVector(leaderProof), blind),
        ...helpers.map((one) => concat(one.seed, one.blind)),
      ],
    };
  }

  /** What an aggregator says of its share, and what it keeps. Throws `refused-report`. */
  begin(key: Bytes, aggregator: number, nonce: Bytes, publicShare: Bytes, inputShare: Bytes): { state: Verifying; share: Bytes } {
    demand(publicShare.length === this.shares * SEED, REFUSED);
    const { encoded, proof, blind } = this.open(aggregator, inputShare);
    const part = this.part(aggregator, blind, encoded, nonce);
    const seed = this.jointSeed(split(publicShare).map((one, i) => (i === aggregator ? part : one)));
    const queries = expand(key, this.dst(USAGE.query), concat(ONE_PROOF, nonce), QUERY_RANDOMNESS);
    const verifier = query(this.circuit, encoded, proof, queries, this.jointRandomness(seed), this.shares);
    return { state: { output: this.circuit.truncate(encoded), seed }, share: concat(encodeVector(verifier), part) };
  }

  /** Throws `refused-report` unless the proof holds. */
  message(shares: readonly Bytes[]): Bytes {
    const length = verifierLength(this.circuit);
    const size = 16 * length;
    const verifiers = shares.map((share) => decodeVector(share.subarray(0, -SEED), length, REFUSED));
    demand(decide(verifiers.reduce(add)), REFUSED);
    return this.jointSeed(shares.map((share) => share.subarray(size)));
  }

  /** A share of the counted cells. Throws `refused-report` where the public share was another's. */
  finish({ output, seed }: Verifying, message: Bytes): Bytes {
    demand(equal(seed, message), REFUSED);
    return encodeVector(output);
  }

  private open(aggregator: number, share: Bytes): Opened {
    if (aggregator > 0) {
      demand(share.length === 2 * SEED, REFUSED);
      return this.helper(aggregator, share.subarray(0, SEED), share.subarray(SEED));
    }
    const { elements } = this.circuit;
    const length = elements + proofLength(this.circuit);
    demand(share.length === 16 * length + SEED, REFUSED);
    const all = decodeVector(share.subarray(0, -SEED), length, REFUSED);
    return { encoded: all.slice(0, elements), proof: all.slice(elements), blind: share.subarray(-SEED) };
  }

  private helper(aggregator: number, seed: Bytes, blind: Bytes): Opened {
    const encoded = expand(seed, this.dst(USAGE.measurement), Uint8Array.of(aggregator), this.circuit.elements);
    const proof = expand(seed, this.dst(USAGE.proof), Uint8Array.of(1, aggregator), proofLength(this.circuit));
    return { encoded, proof, blind };
  }

  private part(aggregator: number, blind: Bytes, encoded: readonly bigint[], nonce: Bytes): Bytes {
    return deriveSeed(blind, this.dst(USAGE.jointPart), concat(Uint8Array.of(aggregator), nonce, encodeVector(encoded)));
  }

  private jointSeed(parts: readonly Bytes[]): Bytes {
    return deriveSeed(new Uint8Array(SEED), this.dst(USAGE.jointSeed), concat(...parts));
  }

  private jointRandomness(seed: Bytes): bigint[] {
    return expand(seed, this.dst(USAGE.joint), ONE_PROOF, this.circuit.calls);
  }

  private dst(usage: number): Bytes {
    const head = Uint8Array.of(VERSION, 0, 0, 0, 0, this.circuit.algorithm, 0, usage);
    return concat(head, this.context);
  }
}

function split(seeds: Bytes): Bytes[] {
  return Array.from({ length: seeds.length / SEED }, (_, i) => seeds.subarray(i * SEED, (i + 1) * SEED));
}
