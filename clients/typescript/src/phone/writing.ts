/** Making entries: numbers, witnesses, signatures (docs/protocol/3-log.md). */
import type { Bytes } from "../core/bytes.js";
import { ZERO } from "../core/bytes.js";
import { bodyHash, encodeHeader, Entry, type HeaderFields, SUITE } from "../core/entry.js";
import { sign } from "../core/signing.js";
import type { Cursor } from "../core/shape.js";
import type { Identity } from "./identity.js";

/** Where an entry is going to stand: what its author has verified there, and its own number. */
export type Place = {
  readonly log: Bytes;
  readonly seen: Cursor;
  readonly roster: Cursor;
  readonly sequence: number;
  readonly prev: Bytes | undefined;
};

export function makeEntry(
  author: Identity,
  place: Place,
  kind: string,
  epoch: number,
  makeBody: (fields: Omit<HeaderFields, "bodyHash">) => Bytes,
): Entry {
  const { log, seen, roster, sequence, prev = ZERO } = place;
  const fields = { suite: SUITE, log, device: author.id, sequence, kind, epoch, seen, roster, prev };
  const body = makeBody(fields);
  const header = encodeHeader({ ...fields, bodyHash: bodyHash(body) });
  return new Entry(header, sign(author.secrets.signingSeed, "entry", header), body);
}
