/** The cases of vector files, as operations: what goes in, and what must come out (docs/protocol/conformance.md). */
import table from "../../../../docs/protocol/conformance.json";
import { type Json, listOf } from "../core/json.js";
import { answer, type Answered } from "./operations.js";

export type Vector = { readonly [name: string]: Json };
export type Lists = (name: string) => readonly Vector[];
type Names = readonly string[];
type Row = { readonly op: string; readonly in: Names; readonly out: Names; readonly where?: string; readonly told?: Names };

const ROWS: readonly Row[] = table.operations;
const VERDICTS: { readonly [expect: string]: string } = table.verdicts;

const listName = (op: string): string => op.split("/")[0]!;

export type Result = { readonly name: string; readonly wrong: string | null };

/** What a client says to every case of one list; a case that no operation takes is wrong, too. */
export function judge(list: string, lists: Lists): Result[] {
  const rows = ROWS.filter((row) => listName(row.op) === list);
  return lists(list).map((vector) => {
    const asked = rows.filter((row) => takes(row, vector));
    const wrong = asked.map((row) => fault(row, vector, answer(row.op, inputOf(row, vector, list, lists))));
    const first = asked.length === 0 ? "no operation takes it" : (wrong.find((one) => one !== null) ?? null);
    return { name: String(vector["name"]), wrong: first };
  });
}

/** A second direction is asked of accepted cases alone. */
function takes({ op, where }: Row, vector: Vector): boolean {
  if (where !== undefined && vector[where] === undefined) return false;
  return !op.includes("/") || vector["expect"] === "ok";
}

function fault({ op, out, told = [] }: Row, vector: Vector, answered: Answered): string | null {
  const expect = String(vector["expect"]);
  const verdict = VERDICTS[expect];
  if (verdict === undefined) {
    if (answered.ok) return `${op}: accepted, not ${expect}`;
    if (answered.problem !== expect) return `${op}: ${answered.problem} ${JSON.stringify(answered.told)}, not ${expect}`;
    const other = told.find((name) => vector[name] !== undefined && !same(vector[name]!, answered.told[name] ?? null));
    return other === undefined ? null : `${op}: ${other} is ${String(answered.told[other])}, not ${String(vector[other])}`;
  }
  if (!answered.ok) return `${op}: ${answered.problem} ${JSON.stringify(answered.told)}`;
  const other = out.find((name) => expected(name, vector) !== undefined && !same(expected(name, vector)!, answered.out[name] ?? null));
  if (verdict === "differs") return other === undefined ? `${op}: the mistake is made` : null;
  return other === undefined ? null : `${op}: ${other} is ${JSON.stringify(answered.out[other])}`;
}

/** `messages`: what the signatures of `signed` are over. */
function expected(name: string, vector: Vector): Json | undefined {
  if (name === "messages" && vector["signed"]) return listOf(vector["signed"]).map((one) => (one as Vector)["message"]!);
  return vector[name];
}

function inputOf(row: Row, vector: Vector, list: string, lists: Lists): { [name: string]: Json } {
  const made = row.in.map((name) => [name, given(name, row, vector, list, lists)] as const);
  return Object.fromEntries(made.filter((pair): pair is readonly [string, Json] => pair[1] !== undefined));
}

function given(name: string, row: Row, vector: Vector, list: string, lists: Lists): Json | undefined {
  const value = vector[name];
  if (name === "before") return landed(lists(list), vector["log"], Number(vector["after"]));
  if (name === "statistics") return landed(lists("statistics"), undefined, Number(vector["after"]));
  if (name === "noise_keys") return listOf(vector["noises"]).map((one) => withoutField(one, "noise"));
  if (name === "roster" && typeof value === "number") return landed(lists("roster"), undefined, value);
  if ((name === "roster" || name === "branch") && typeof value === "string")
    return lists(list).find((one) => one["name"] === value)?.[name];
  if (name === "length" && row.op === "hashes") return String(vector["out"]).length / 2;
  if (name === "length" && row.op === "noise") return listOf(vector["noise"]).length;
  if (name === "salt" && row.op === "bodies/seal") return String(vector["body"]).slice(0, 64);
  if (name === "typed") return value ?? vector["code"];
  if (name === "signed" && value) return listOf(value).map((one) => withoutField(one, "message"));
  return value;
}

const withoutField = (json: Json, name: string): Json =>
  Object.fromEntries(Object.entries(json as Vector).filter(([key]) => key !== name));

/** The first entries of a log: the cases of a list that tell the head which they made. */
function landed(vectors: readonly Vector[], log: Json | undefined, count: number): Json {
  const tells = (one: Vector): boolean => one["header"] !== undefined && one["head"] !== undefined;
  const told = vectors.filter((one) => tells(one) && (log === undefined || one["log"] === log));
  return told.slice(0, count).map(({ header, signature, body }) => ({ header: header!, signature: signature!, body: body ?? null }));
}

function same(a: Json, b: Json): boolean {
  return sorted(a) === sorted(b);
}

/** JSON with the names of objects, and the pairs of a `map`, in order. */
function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inOrder = (key: string): string =>
    key === "map" && Array.isArray(value[key]) ? listOf(value[key]).map(sorted).sort().join() : sorted(value[key]!);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${inOrder(key)}`).join()}}`;
}
