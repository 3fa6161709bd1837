/** The server's signature on a sync answer (docs/protocol/6-sync.md). */
import type { Bytes } from "./bytes.js";
import { hex } from "./bytes.js";
import { encode } from "./encoding.js";
import { demand } from "./refused.js";
import { type Cursor, cursorValue, Shape } from "./shape.js";

const MOST_LOGS = 16;

/** What an answer says about one log. */
export type Standing = { readonly log: Bytes; readonly asked: Cursor; readonly head: Cursor; readonly known: boolean };
export type Answer = { readonly programme: Bytes; readonly challenge: Bytes; readonly day: number; readonly logs: readonly Standing[] };

export function answerMessage({ programme, challenge, day, logs }: Answer): Bytes {
  return encode([
    programme,
    challenge,
    day,
    logs.map((one) => [one.log, cursorValue(one.asked), cursorValue(one.head), one.known]),
  ]);
}

/** Throws under the name that `problem` is. */
export function decodeAnswer(message: Bytes, problem: string): Answer {
  const shape = new Shape(problem);
  const [programme, challenge, day, logs] = shape.array(shape.decoded(message), 4);
  const answer = {
    programme: shape.bytes(programme, 32),
    challenge: shape.bytes(challenge, 32),
    day: shape.int(day),
    logs: shape.array(logs).map((one) => {
      const [log, asked, head, known] = shape.array(one, 4);
      return { log: shape.bytes(log, 32), asked: shape.cursor(asked), head: shape.cursor(head), known: shape.bool(known) };
    }),
  };
  const names = new Set(answer.logs.map((one) => hex(one.log)));
  demand(names.size === answer.logs.length && names.size >= 1 && names.size <= MOST_LOGS, problem);
  return answer;
}
