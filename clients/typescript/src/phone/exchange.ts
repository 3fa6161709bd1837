/** One sync: what is asked, and whether the answer is believed (docs/protocol/6-sync.md). Nothing here changes a phone. */
import { answerMessage, type Standing } from "../core/answer.js";
import { b64 } from "../core/base64url.js";
import { type Bytes, equal, hex } from "../core/bytes.js";
import type { Chain } from "../core/chain.js";
import { Entry } from "../core/entry.js";
import type { Input, Json } from "../core/json.js";
import { demand, Refused } from "../core/refused.js";
import { verify } from "../core/signing.js";
import { apply } from "../roster/apply.js";
import type { RosterState } from "../roster/state.js";
import type { SpaceLog } from "./spacelog.js";
import { cursorJson, entryJson, type Wrap, wrapJson } from "./wire.js";

/** What travels beside entries. */
export type Rows = { readonly keys: readonly Bytes[]; readonly wraps: readonly Wrap[]; readonly name?: Bytes; readonly slip?: Bytes };
export const NO_ROWS: Rows = { keys: [], wraps: [] };

export type Asked = {
  readonly challenge: Bytes;
  readonly roster: { readonly state: RosterState; readonly pushed: readonly Entry[] };
  readonly spaces: readonly { readonly log: SpaceLog; readonly pushed: readonly Entry[] }[];
  readonly rows: Rows;
};

export type Believed = {
  readonly day: number;
  readonly serverKey: Bytes;
  readonly roster: RosterState;
  readonly statements: readonly Entry[];
  readonly spaces: readonly SpaceLog[];
  /** Whether there is more to pull. */
  readonly more: boolean;
};

export function requestJson({ challenge, roster, spaces, rows }: Asked): Json {
  // Own statements come in full: no copy is kept of what was signed.
  const log = (chain: Chain, pushed: readonly Entry[]): Json => ({
    log: b64(chain.log),
    cursor: cursorJson(chain.cursor),
    entries: pushed.map(entryJson),
    own: chain === roster.state.chain,
  });
  return {
    challenge: b64(challenge),
    logs: [log(roster.state.chain, roster.pushed), ...spaces.map(({ log: { chain }, pushed }) => log(chain, pushed))],
    keys: rows.keys.map(b64),
    wraps: rows.wraps.map(wrapJson),
    ...(rows.name ? { name: b64(rows.name) } : {}),
    ...(rows.slip ? { slip: b64(rows.slip) } : {}),
  };
}

/** Throws `Refused`: then nothing of the answer is believed. `serverKey`: the one under which the last answer was believed. */
export function believe(asked: Asked, answer: Input, serverKey: Bytes): Believed {
  const told = answer.inputs("logs");
  demand(told.length === 1 + asked.spaces.length, "answer-malformed");
  const [rosterTold, ...spacesTold] = told as [Input, ...Input[]];
  const standings = [asked.roster.state.chain, ...asked.spaces.map((one) => one.log.chain)].map((chain, i) => standingOf(chain, told[i]!));
  for (const standing of standings) demand(standing.known, standing.head.position < standing.asked.position ? "behind" : "contradiction");

  const statements = entriesOf(rosterTold, asked.roster.state.chain, asked.roster.pushed);
  const roster = statements.reduce(apply, asked.roster.state);
  const [programme, challenge, day] = [roster.programme, asked.challenge, answer.int("day")];
  const message = answerMessage({ programme, challenge, day, logs: standings });
  const key = signerOf(message, answer.bytes("signature"), [roster.serverKey, serverKey]);
  const rosterMore = checkEnd(roster.chain, standings[0]!, rosterTold, statements.length);

  // While the roster has more, everything else would be judged by half of it.
  const spaces = asked.spaces.map(({ log, pushed }, i) => {
    const input = spacesTold[i]!;
    const entries = rosterMore ? [] : entriesOf(input, log.chain, pushed);
    const next = log.extended(roster, entries);
    const more = rosterMore || checkEnd(next.chain, standings[i + 1]!, input, entries.length);
    return { next, more };
  });
  const more = rosterMore || spaces.some((one) => one.more);
  return { day, serverKey: key, roster, statements, spaces: spaces.map((one) => one.next), more };
}

function standingOf(chain: Chain, told: Input): Standing {
  demand(equal(told.bytes("log"), chain.log), "answer-malformed");
  return { log: chain.log, asked: chain.cursor, head: told.cursor("head"), known: told.bool("known") };
}

/** The entries above a cursor; own ones come by their number alone. */
function entriesOf(told: Input, chain: Chain, pushed: readonly Entry[]): Entry[] {
  return told.inputs("entries").map((one, i) => {
    demand(one.int("position") === chain.position + 1 + i, "answer-malformed");
    if (one.has("header")) return one.entry();
    const own = pushed.find((entry) => entry.header.sequence === one.int("sequence"));
    if (own === undefined) throw new Refused("own-entry-unknown", { log: hex(chain.log) });
    return own;
  });
}

/** Whether the log goes on; where it does not, it must end at the head that was signed. */
function checkEnd(chain: Chain, { head }: Standing, told: Input, count: number): boolean {
  const more = told.bool("more");
  if (more) demand(chain.position < head.position && count > 0, "answer-malformed");
  else demand(chain.position === head.position && equal(chain.head, head.head), "head-mismatch");
  return more;
}

function signerOf(message: Bytes, signature: Bytes, keys: readonly Bytes[]): Bytes {
  for (const key of keys) {
    try {
      verify(key, "answer", message, signature);
      return key;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  throw new Refused("answer-not-signed");
}
