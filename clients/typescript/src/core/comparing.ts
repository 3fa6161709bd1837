/** Comparing two histories by eye (docs/protocol/9-distrust.md). */
import { unb64 } from "./base64url.js";
import { type Bytes, equal, u64 } from "./bytes.js";
import { H } from "./hashing.js";
import { demand, orRefuse } from "./refused.js";
import { type Cursor, Shape } from "./shape.js";
import list from "../../../../crypto/secret/words.txt";

const PREFIX = "HALLWAY-COMPARE:";
const shape = new Shape("compare-wrong");
/** The EFF's long list: one word a line, lines with # are remarks. */
const WORDS = list.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

export function wordsAt(programme: Bytes, position: number, head: Bytes): string[] {
  const hash = H("words", programme, u64(position), head);
  const bits = hash.subarray(0, 10).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 2n;
  return Array.from({ length: 6 }, (_, i) => WORDS[Number((bits >> BigInt(13 * (5 - i))) & 8191n) % WORDS.length]!);
}

export type States = { roster: Cursor; witness: Cursor };

/** Throws `compare-wrong`. White space, which cameras and copying add, is dropped. */
export function readCompareCode(text: string, programme: Bytes): States {
  const bare = text.replace(/\s/g, "");
  demand(bare.startsWith(PREFIX), "compare-wrong");
  const data = orRefuse("compare-wrong", {}, () => unb64(bare.slice(PREFIX.length)));
  const elements = shape.array(shape.decoded(data), 6);
  demand(elements[0] === 1 && equal(shape.bytes(elements[1], 32), programme), "compare-wrong");
  return {
    roster: shape.cursor([elements[2]!, elements[3]!]),
    witness: shape.cursor([elements[4]!, elements[5]!]),
  };
}
