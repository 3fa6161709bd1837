/** The validity circuits of Prio3Histogram and Prio3L1BoundSum, and the chunks of their one gadget: a sum of products. */
import { isActivity } from "../roster/floors.js";
import type { Task } from "../roster/statements.js";
import { demand } from "../core/refused.js";
import { inverse, mod, MODULUS } from "./field.js";
import { cellsOf } from "./table.js";

const REFUSED = "refused-measurement";

/** Computes the gadget on 2 * chunk inputs, or knows what comes of it. */
export type Gadget = (inputs: readonly bigint[]) => bigint;

export interface Circuit {
  readonly algorithm: number;
  readonly cells: number;
  readonly elements: number;
  readonly chunk: number;
  readonly calls: number;
  encode(measurement: unknown): bigint[];
  truncate(encoded: readonly bigint[]): bigint[];
  /** Zeros, of a measurement that is valid. */
  evaluate(encoded: readonly bigint[], jointRandomness: readonly bigint[], shares: number, gadget: Gadget): bigint[];
}

export function circuitOf(task: Task): Circuit {
  return isActivity(task) ? new L1BoundSum(cellsOf(task), task.bound) : new Histogram(cellsOf(task));
}

/** The one with the shortest proof. */
function chunkLength(elements: number): number {
  const lengths = Array.from({ length: elements.toString(2).length }, (_, i) => Math.ceil(elements / (2 ** (i + 1) - 1)));
  const proof = (length: number): number => 2 * length + 2 * powerAbove(Math.ceil(elements / length)) - 1;
  return lengths.reduce((best, length) => (proof(length) < proof(best) ? length : best));
}

export function powerAbove(calls: number): number {
  return 2 ** calls.toString(2).length;
}

abstract class Checked {
  readonly chunk: number;
  readonly calls: number;

  constructor(
    readonly cells: number,
    readonly elements: number,
  ) {
    this.chunk = chunkLength(elements);
    this.calls = Math.ceil(elements / this.chunk);
  }

  /** Zero if every element is 0 or 1, but for a chance that nobody can count on. */
  protected bitsChecked(encoded: readonly bigint[], randomness: readonly bigint[], share: bigint, gadget: Gadget): bigint {
    let sum = 0n;
    for (let call = 0; call < this.calls; call++) {
      const inputs: bigint[] = [];
      let power = randomness[call]!;
      for (let j = 0; j < this.chunk; j++) {
        const element = encoded[call * this.chunk + j] ?? 0n;
        inputs.push((power * element) % MODULUS, mod(element - share));
        power = (power * randomness[call]!) % MODULUS;
      }
      sum = (sum + gadget(inputs)) % MODULUS;
    }
    return sum;
  }
}

class Histogram extends Checked implements Circuit {
  readonly algorithm = 4;

  constructor(cells: number) {
    super(cells, cells);
  }

  encode(measurement: unknown): bigint[] {
    demand(typeof measurement === "number" && Number.isInteger(measurement), REFUSED);
    demand(measurement >= 0 && measurement < this.cells, REFUSED);
    return Array.from({ length: this.cells }, (_, i) => (i === measurement ? 1n : 0n));
  }

  truncate(encoded: readonly bigint[]): bigint[] {
    return [...encoded];
  }

  evaluate(encoded: readonly bigint[], randomness: readonly bigint[], shares: number, gadget: Gadget): bigint[] {
    const share = inverse(BigInt(shares));
    const one = encoded.reduce((sum, element) => (sum + element) % MODULUS, 0n);
    return [this.bitsChecked(encoded, randomness, share, gadget), mod(one - share)];
  }
}

class L1BoundSum extends Checked implements Circuit {
  readonly algorithm = 7;
  private readonly bits: number;

  constructor(
    cells: number,
    private readonly bound: number,
  ) {
    const bits = bound.toString(2).length;
    super(cells, (cells + 1) * bits);
    this.bits = bits;
  }

  /** Each cell in bits, and their sum: what can be written so is at most the bound. */
  encode(measurement: unknown): bigint[] {
    demand(Array.isArray(measurement) && measurement.length === this.cells, REFUSED);
    const numbers = measurement.map((one: unknown) => {
      demand(typeof one === "number" && Number.isInteger(one) && one >= 0, REFUSED);
      return one;
    });
    const sum = numbers.reduce((all, one) => all + one, 0);
    demand(sum <= this.bound, REFUSED);
    return [...numbers, sum].flatMap((one) => this.bitsOf(one));
  }

  /** The last bit weighs what is missing to the bound, so that no more can be written. */
  private get weights(): number[] {
    const lower = 2 ** (this.bits - 1) - 1;
    return [...Array.from({ length: this.bits - 1 }, (_, i) => 2 ** i), this.bound - lower];
  }

  private bitsOf(value: number): bigint[] {
    const [last, lower] = [this.weights[this.bits - 1]!, 2 ** (this.bits - 1) - 1];
    const rest = value <= lower ? value : value - last;
    return Array.from({ length: this.bits }, (_, i) => (i < this.bits - 1 ? BigInt((rest >> i) & 1) : value <= lower ? 0n : 1n));
  }

  private decoded(encoded: readonly bigint[]): bigint[] {
    const weights = this.weights.map(BigInt);
    return Array.from({ length: this.cells + 1 }, (_, cell) =>
      weights.reduce((sum, weight, i) => (sum + weight * encoded[cell * this.bits + i]!) % MODULUS, 0n),
    );
  }

  truncate(encoded: readonly bigint[]): bigint[] {
    return this.decoded(encoded).slice(0, this.cells);
  }

  evaluate(encoded: readonly bigint[], randomness: readonly bigint[], shares: number, gadget: Gadget): bigint[] {
    const numbers = this.decoded(encoded);
    const claimed = numbers[this.cells]!;
    const sum = numbers.slice(0, this.cells).reduce((all, one) => (all + one) % MODULUS, 0n);
    return [this.bitsChecked(encoded, randomness, inverse(BigInt(shares)), gadget), mod(sum - claimed)];
  }
}
