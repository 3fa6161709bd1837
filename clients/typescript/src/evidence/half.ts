/** Joining two halves of a fork that no client has met (docs/protocol/9-distrust.md, *Joining two halves*). */
import { decodeAnswer, type Answer } from "../core/answer.js";
import { type Bytes, equal, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { H } from "../core/hashing.js";
import { demand, orRefuse, Refused } from "../core/refused.js";
import type { Cursor } from "../core/shape.js";
import { attested, contradiction, isImpossible, type Links, standingIn } from "./contradiction.js";
import { judge, type Proof, type Signed } from "./evidence.js";
import { History } from "./history.js";

const WRONG = "halves-wrong";
const MOST = { answers: 256, logs: 16 };

export type LogLeaves = { readonly log: Bytes; readonly start: Cursor; readonly leaves: readonly Bytes[] };
export type Half = { readonly roster: readonly Entry[]; readonly answers: readonly Signed[]; readonly logs: readonly LogLeaves[] };
type Said = { readonly signed: Signed; readonly answer: Answer };
type Pair = { readonly first: Said; readonly second: Said; readonly log: Bytes; readonly links: Links };

/** Throws `halves-wrong`, `fits`, or what is left of a contradiction: `explained`, `not-proven`. */
export function joinHalves(one: Half, other: Half): Proof {
  const halves = [one, other];
  const histories = halves.map((half) => orRefuse(WRONG, {}, () => History.of(half.roster))) as [History, History];
  const [own, another] = histories;
  demand(equal(own.programme, another.programme), WRONG);
  const said = halves.flatMap((half) => readAnswers(half, own.programme));
  const chains = halves.flatMap((half) => [...half.logs, rosterLeaves(half, own)]);
  const rosters = own.agrees(another) ? [own.state.chain.position >= another.state.chain.position ? own : another] : histories;

  let left: Refused | undefined;
  for (const pair of pairs(said, own.programme, chains)) {
    try {
      return judge(rosters, { first: pair.first.signed, second: pair.second.signed, log: pair.log, links: pair.links });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (left === undefined || error.problem === "explained") left = error;
    }
  }
  throw left ?? new Refused("fits");
}

function readAnswers(half: Half, programme: Bytes): Said[] {
  demand(half.answers.length <= MOST.answers && half.logs.length <= MOST.logs, WRONG);
  return half.answers.map((signed) => {
    const answer = decodeAnswer(signed.message, WRONG);
    demand(equal(answer.programme, programme), WRONG);
    return { signed, answer };
  });
}

function rosterLeaves(half: Half, history: History): LogLeaves {
  return { log: history.programme, start: { position: 0, head: history.headAt(0)! }, leaves: half.roster.map((entry) => entry.leaf) };
}

/** All that contradict each other, those about the roster first. */
function pairs(said: readonly Said[], roster: Bytes, chains: readonly LogLeaves[]): Pair[] {
  const logs = new Map(said.flatMap(({ answer }) => answer.logs.map(({ log }) => [hex(log), log])));
  logs.delete(hex(roster));
  return [roster, ...logs.values()].flatMap((log) => pairsIn(log, said, chains.filter((chain) => equal(chain.log, log))));
}

function pairsIn(log: Bytes, said: readonly Said[], chains: readonly LogLeaves[]): Pair[] {
  const found: Pair[] = [];
  said.forEach((first, i) => {
    const a = standingIn(first.answer, log);
    if (a === undefined) return;
    if (isImpossible(a)) found.push({ first, second: first, log, links: null });
    for (const second of said.slice(i + 1)) {
      const b = standingIn(second.answer, log);
      if (b === undefined) continue;
      const candidates = [null, ...attested(a).flatMap((x) => attested(b).flatMap((y) => linksBetween(x, y, chains)))];
      const links = candidates.find((one) => contradiction(a, b, one) !== null);
      if (links !== undefined) found.push({ first, second, log, links });
    }
  });
  return found;
}

/** From the lower of two positions to the higher, along each chain that covers both. */
function linksBetween(x: Cursor, y: Cursor, chains: readonly LogLeaves[]): NonNullable<Links>[] {
  const [low, high] = x.position < y.position ? [x, y] : [y, x];
  return chains.flatMap(({ start, leaves }) => {
    if (low.position < start.position || high.position > start.position + leaves.length) return [];
    const [from, to] = [low.position - start.position, high.position - start.position];
    const head = leaves.slice(0, from).reduce((at, leaf) => H("head", at, leaf), start.head);
    return [{ head, leaves: leaves.slice(from, to) }];
  });
}
