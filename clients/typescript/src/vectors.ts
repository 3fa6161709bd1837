/** `npm run vectors -- FOLDER`: runs every vector file of a folder, and says how many cases pass. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { judge, type Vector } from "./conformance/cases.js";

const folder = process.argv[2];
if (folder === undefined) throw new Error("which folder? npm run vectors -- FOLDER");
const names = readdirSync(folder).filter((file) => file.endsWith(".json")).map((file) => basename(file, ".json")).sort();
const read = new Map<string, Vector[]>();
const lists = (name: string): Vector[] => {
  const vectors = read.get(name) ?? (JSON.parse(readFileSync(join(folder, `${name}.json`), "utf-8")) as Vector[]);
  read.set(name, vectors);
  return vectors;
};

let [passed, failed, skipped] = [0, 0, 0];
for (const name of names) {
  const results = judge(name, lists);
  const wrong = results.filter((one) => one.wrong !== null);
  for (const one of wrong) console.error(`${name}: ${one.name}: ${one.wrong}`);
  // A file of which nothing is understood fails with all its cases.
  if (wrong.length === results.length) skipped += 1;
  passed += results.length - wrong.length;
  failed += wrong.length;
  console.log(`${name} ${results.length - wrong.length}/${results.length}`);
}
console.log(`vectors: ${passed} passed, ${failed} failed, ${skipped} files skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
