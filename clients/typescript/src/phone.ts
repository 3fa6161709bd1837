/** A phone in a directory: one JSON object a line on standard input, one a line on standard output (docs/adversary.md). */
import { webcrypto } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import type { Json } from "./core/json.js";
import { Commands } from "./phone/commands.js";

// Node 18 has Web Crypto, but not under its global name.
if (globalThis.crypto === undefined) Object.defineProperty(globalThis, "crypto", { value: webcrypto });

const folder = process.argv[process.argv.length - 1]!;
mkdirSync(folder, { recursive: true, mode: 0o700 });
const file = join(folder, "phone.json");
const commands = new Commands({
  load: () => (existsSync(file) ? readFileSync(file, "utf-8") : null),
  // Written beside and moved: a crash leaves the old phone or the new one, never half of one.
  save: (text) => {
    const written = openSync(`${file}.new`, "w", 0o600);
    writeSync(written, text);
    fsyncSync(written);
    closeSync(written);
    renameSync(`${file}.new`, file);
  },
});

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await commands.answer(JSON.parse(line) as Json))}\n`);
