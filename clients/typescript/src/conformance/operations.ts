/** What a client is asked in a check of conformance (docs/protocol/conformance.md), and how it answers. */
import { Refused } from "../core/refused.js";
import { Input, type Json } from "../core/json.js";
import { COUNTING } from "./counting.js";
import { LOGS } from "./logs.js";
import { PROOFS } from "./proofs.js";
import { type Operation, VALUES } from "./values.js";

const OPERATIONS: { readonly [op: string]: Operation } = { ...VALUES, ...LOGS, ...PROOFS, ...COUNTING };

export type Answered =
  | { readonly ok: true; readonly out: { [name: string]: Json } }
  | { readonly ok: false; readonly problem: string; readonly told: { [name: string]: Json } };

export function answer(op: string, input: Json): Answered {
  const operation = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
  if (operation === undefined) return { ok: false, problem: "unknown-operation", told: {} };
  try {
    return { ok: true, out: operation(new Input(input)) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: error.problem, told: error.told };
    return { ok: false, problem: "client-failed", told: { error: String(error) } };
  }
}
