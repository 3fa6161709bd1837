/** The line protocol of docs/protocol/conformance.md: a JSON object a line on standard input, an answer a line on standard output. */
import { createInterface } from "node:readline";

import type { Json } from "./core/json.js";
import { answer } from "./conformance/operations.js";

type Asked = { readonly id: Json; readonly op: string; readonly in: Json };

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Asked;
  process.stdout.write(`${JSON.stringify({ id: asked.id, ...answer(asked.op, asked.in) })}\n`);
}
