/** When two signed answers cannot both be true (docs/protocol/9-distrust.md, *Evidence*). */
import type { Answer, Standing } from "../core/answer.js";
import { type Bytes, equal } from "../core/bytes.js";
import { H } from "../core/hashing.js";
import type { Cursor } from "../core/shape.js";

export type Kind = "two-heads" | "denied" | "not-descended" | "impossible";

/** A head, and the leaves that lead on from it. */
export type Links = { readonly head: Bytes; readonly leaves: readonly Bytes[] } | null;

export const standingIn = (answer: Answer, log: Bytes): Standing | undefined => answer.logs.find((one) => equal(one.log, log));

export function attested(standing: Standing): Cursor[] {
  return standing.known ? [standing.head, standing.asked] : [standing.head];
}

/** One answer that contradicts itself. */
export function isImpossible({ known, asked, head }: Standing): boolean {
  return known && (head.position < asked.position || (head.position === asked.position && !equal(head.head, asked.head)));
}

export function contradiction(a: Standing, b: Standing, links: Links): Kind | null {
  if (attested(a).some((one) => attested(b).some((other) => one.position === other.position && !equal(one.head, other.head))))
    return "two-heads";
  if (denies(a, b) || denies(b, a)) return "denied";
  return links !== null && (misses(a, b, links) || misses(b, a, links)) ? "not-descended" : null;
}

function denies(attesting: Standing, denying: Standing): boolean {
  const { asked, head, known } = denying;
  const was = attested(attesting).some((one) => one.position === asked.position && equal(one.head, asked.head));
  return was && !known && head.position >= asked.position;
}

function misses(lower: Standing, higher: Standing, { head, leaves }: NonNullable<Links>): boolean {
  const end = leaves.reduce((at, leaf) => H("head", at, leaf), head);
  return attested(lower).some((low) =>
    attested(higher).some(
      (high) =>
        high.position > low.position &&
        high.position - low.position === leaves.length &&
        !equal(low.head, head) &&
        equal(high.head, end),
    ),
  );
}
