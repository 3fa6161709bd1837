/** Operations on evidence: page 9 of the protocol. */
import { hex } from "../core/bytes.js";
import { type Proof, type Signed, verifyEvidence } from "../evidence/evidence.js";
import { type Half, joinHalves } from "../evidence/half.js";
import { bytesOf, cursorOf, type Input, type Json, listOf } from "../core/json.js";
import type { Operation } from "./values.js";

const signedOf = (json: Json): Signed => {
  const [message, signature] = listOf(json);
  return { message: bytesOf(message), signature: bytesOf(signature) };
};

const halfOf = (input: Input): Half => ({
  roster: input.entries("roster"),
  answers: input.list("answers").map(signedOf),
  logs: input.list("logs").map((one) => {
    const [log, start, leaves] = listOf(one);
    return { log: bytesOf(log), start: cursorOf(start), leaves: listOf(leaves).map(bytesOf) };
  }),
});

const told = ({ kind, logName, serverKey }: Proof): { [name: string]: Json } => ({ kind, log_name: logName, server_key: hex(serverKey) });

export const PROOFS: { readonly [op: string]: Operation } = {
  evidence: (input) => {
    const [head, ...leaves] = input.list("links").map(bytesOf);
    const [first, second] = [signedOf(input.json("first")), signedOf(input.json("second"))];
    const entries = { roster: input.entries("roster"), branch: input.entries("branch") };
    return told(verifyEvidence({ ...entries, first, second, log: input.bytes("log"), links: head ? { head, leaves } : null }));
  },
  halves: (input) => told(joinHalves(halfOf(input.input("one")), halfOf(input.input("other")))),
};
