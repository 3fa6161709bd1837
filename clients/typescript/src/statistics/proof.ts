/** The fully linear proof that a measurement is valid (VDAF draft, section 7.3; BBCGGI19, theorem 4.3). */
import { type Circuit, type Gadget, powerAbove } from "./circuit.js";
import { MODULUS, power } from "./field.js";
import { completed, doubled, valueAt } from "./polynomial.js";
import { demand } from "../core/refused.js";

const REFUSED = "refused-report";

const products: Gadget = (inputs) => {
  let sum = 0n;
  for (let i = 0; i < inputs.length; i += 2) sum = (sum + inputs[i]! * inputs[i + 1]!) % MODULUS;
  return sum;
};

export const proveRandomness = (circuit: Circuit): number => 2 * circuit.chunk;
/** One to evaluate at, and one for each output of the circuit, of which there are two. */
export const QUERY_RANDOMNESS = 3;
export const proofLength = (circuit: Circuit): number => 2 * circuit.chunk + 2 * powerAbove(circuit.calls) - 1;
export const verifierLength = (circuit: Circuit): number => 2 * circuit.chunk + 2;

/** Records the inputs of each call on wires that begin with the seeds. */
function recording(circuit: Circuit, seeds: readonly bigint[], result: (inputs: readonly bigint[], call: number) => bigint) {
  const wires = seeds.map((seed) => [seed, ...new Array<bigint>(powerAbove(circuit.calls) - 1).fill(0n)]);
  let call = 0;
  const gadget: Gadget = (inputs) => {
    call += 1;
    inputs.forEach((input, i) => (wires[i]![call] = input));
    return result(inputs, call);
  };
  return { wires, gadget };
}

export function prove(circuit: Circuit, encoded: readonly bigint[], seeds: readonly bigint[], randomness: readonly bigint[]): bigint[] {
  const { wires, gadget } = recording(circuit, seeds, products);
  circuit.evaluate(encoded, randomness, 1, gadget);
  const values = wires.map(doubled);
  const outputs = values[0]!.map((_, i) => products(values.map((wire) => wire[i]!)));
  return [...seeds, ...outputs.slice(0, -1)];
}

/** A share of the verifier: linear in the shares of measurement and proof. */
export function query(
  circuit: Circuit,
  encoded: readonly bigint[],
  proof: readonly bigint[],
  queries: readonly bigint[],
  randomness: readonly bigint[],
  shares: number,
): bigint[] {
  const outputs = completed(proof.slice(2 * circuit.chunk));
  const { wires, gadget } = recording(circuit, proof.slice(0, 2 * circuit.chunk), (_, call) => outputs[2 * call]!);
  const [first, second] = circuit.evaluate(encoded, randomness, shares, gadget);
  const [a, b, t] = queries as [bigint, bigint, bigint];
  // At a root of unity the verifier would give an input of the gadget away.
  demand(power(t, BigInt(powerAbove(circuit.calls))) !== 1n, REFUSED);
  const reduced = (a * first! + b * second!) % MODULUS;
  return [reduced, ...wires.map((wire) => valueAt(wire, t)), valueAt(outputs, t)];
}

export function decide(verifier: readonly bigint[]): boolean {
  return verifier[0] === 0n && products(verifier.slice(1, -1)) === verifier[verifier.length - 1];
}
