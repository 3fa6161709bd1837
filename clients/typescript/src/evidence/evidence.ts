/** Judging an evidence file (docs/protocol/9-distrust.md, *Evidence*): no account, no network, no key. */
import { type Answer, decodeAnswer } from "../core/answer.js";
import { type Bytes, equal } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { demand, orRefuse, Refused } from "../core/refused.js";
import { verify as verifySignature } from "../core/signing.js";
import { contradiction, isImpossible, type Kind, type Links, standingIn } from "./contradiction.js";
import { History } from "./history.js";

const UNPROVEN = "not-proven";

export type Signed = { readonly message: Bytes; readonly signature: Bytes };
export type Evidence = {
  readonly roster: readonly Entry[];
  readonly branch: readonly Entry[];
  readonly first: Signed;
  readonly second: Signed;
  readonly log: Bytes;
  readonly links: Links;
};
export type Proof = { readonly kind: Kind; readonly logName: string; readonly serverKey: Bytes };

/** Throws `not-proven`, or `explained` where a lead declared a restore. */
export function verifyEvidence({ roster, branch, ...rest }: Evidence): Proof {
  const histories = [roster, ...(branch.length ? [branch] : [])].map((entries) =>
    orRefuse(UNPROVEN, {}, () => History.of(entries)),
  );
  return judge(histories, rest);
}

/** The same, of rosters that were applied before. */
export function judge(histories: readonly History[], { first, second, log, links }: Omit<Evidence, "roster" | "branch">): Proof {
  const [own] = histories as [History, ...History[]];
  demand(histories.every((one) => equal(one.programme, own.programme)), UNPROVEN);
  const logName = histories.map((one) => one.logName(log)).find((name) => name !== undefined);
  const answers = [first, second].map((one) => decodeAnswer(one.message, UNPROVEN)) as [Answer, Answer];
  demand(answers.every((one) => equal(one.programme, own.programme)), UNPROVEN);
  const kind = contradictionOf(first, second, answers, log, links);
  if (kind === null || logName === undefined) throw new Refused(UNPROVEN);
  const places = answers.map((answer) => placeOf(histories, answer, kind === "impossible"));
  const serverKey = keyOf(places, [first, second]);
  demand(kind === "impossible" || !isExplained(histories, places), "explained");
  return { kind, logName, serverKey };
}

function contradictionOf(first: Signed, second: Signed, answers: [Answer, Answer], log: Bytes, links: Links): Kind | null {
  const [a, b] = answers.map((answer) => standingIn(answer, log));
  if (a === undefined || b === undefined) return null;
  const single = equal(first.message, second.message);
  if (single) return isImpossible(a) ? "impossible" : null;
  return contradiction(a, b, links);
}

type Place = { readonly history: History; readonly position: number };

/** Where an answer was signed: upon which roster, and how much of it. */
function placeOf(histories: readonly History[], answer: Answer, impossible: boolean): Place {
  const standing = standingIn(answer, histories[0]!.programme);
  const states = standing ? [standing.head, ...(impossible && standing.known ? [standing.asked] : [])] : [];
  for (const state of states) {
    const history = histories.find((one) => one.has(state));
    if (history !== undefined && state.position > 0) return { history, position: state.position };
  }
  throw new Refused(UNPROVEN);
}

/** One and the same key, which both places name as the server's. */
function keyOf(places: readonly Place[], signed: readonly Signed[]): Bytes {
  const [first, second] = places.map((place) => place.history.keysUpTo(place.position));
  const both = first!.filter((key) => second!.some((other) => equal(key, other)));
  const key = both.find((one) => signed.every((answer) => isSigned(one, answer)));
  if (key === undefined) throw new Refused(UNPROVEN);
  return key;
}

function isSigned(key: Bytes, { message, signature }: Signed): boolean {
  try {
    verifySignature(key, "answer", message, signature);
    return true;
  } catch {
    return false;
  }
}

/** A place commits to all below it: only a restore that both answers were signed upon explains nothing. */
function isExplained(histories: readonly History[], places: readonly Place[]): boolean {
  return histories.some((history) =>
    history.restored.some((position) => {
      const head = history.headAt(position)!;
      return !places.every((place) => position <= place.position && equal(place.history.headAt(position)!, head));
    }),
  );
}
