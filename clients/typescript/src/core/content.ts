/** The plaintext of a sealed body (docs/protocol/5-sealed.md). */
import { type Bytes, compareTexts, hex } from "./bytes.js";
import { encode, type Fields, type Value } from "./encoding.js";
import { demand } from "./refused.js";
import { Shape } from "./shape.js";

const FORMAT = 1;
const FURTHEST = 2 ** 20;
const shape = new Shape("refused-content", { reason: "shape" });
const encoding = new Shape("refused-content", { reason: "encoding" });

export type Change = {
  readonly record: Bytes;
  readonly type: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly fields: Fields;
  readonly removed: readonly string[];
};
/** The entry that first carried a change. */
export type Origin = { readonly device: Bytes; readonly position: number };
export type Group = {
  readonly origin: Origin | null;
  readonly stamp: number;
  readonly seen: number;
  readonly changes: readonly Change[];
};
export type Content = { readonly writtenAt: number; readonly groups: readonly Group[] };

export function encodeContent({ writtenAt, groups }: Content): Bytes {
  return encode([FORMAT, writtenAt, groups.map(groupValue)]);
}

function groupValue({ origin, stamp, seen, changes }: Group): Value {
  const changeValue = (one: Change): Value => [one.record, one.type, one.version, one.deleted, one.fields, [...one.removed]];
  return [origin ? [origin.device, origin.position] : [], stamp, seen, changes.map(changeValue)];
}

/** Throws `refused-content` with the reason `encoding`, `format` or `shape`. */
export function decodeContent(plaintext: Bytes): Content {
  const elements = shape.array(encoding.decoded(plaintext));
  demand(typeof elements[0] !== "number" || elements[0] === FORMAT, "refused-content", { reason: "format" });
  const [, writtenAt, groups] = shape.array(elements, 3);
  shape.int(elements[0]);
  return { writtenAt: shape.int(writtenAt), groups: shape.array(groups).map(decodeGroup) };
}

function decodeGroup(value: Value): Group {
  const [origin, stamp, seen, changes] = shape.array(value, 4);
  const decoded = shape.array(changes).map(decodeChange);
  const records = new Set(decoded.map((change) => hex(change.record)));
  wellFormed(decoded.length > 0 && records.size === decoded.length);
  return { origin: decodeOrigin(shape.array(origin)), stamp: shape.int(stamp), seen: shape.int(seen), changes: decoded };
}

function decodeOrigin(elements: Value[]): Origin | null {
  if (elements.length === 0) return null;
  const [device, position] = shape.array(elements, 2);
  return { device: shape.bytes(device, 32), position: shape.int(position, 1) };
}

function decodeChange(value: Value): Change {
  const elements = shape.array(value, 6);
  const fields = shape.map(elements[4]);
  const names = [...fields.keys()];
  const removed = shape.array(elements[5]).map((name) => shape.text(name, 1, 64));
  const change = {
    record: shape.id(elements[0]),
    type: shape.text(elements[1], 1, 64),
    version: shape.int(elements[2], 1),
    deleted: shape.bool(elements[3]),
    fields,
    removed,
  };
  names.forEach((name) => shape.text(name, 1, 64));
  wellFormed(removed.every((name, i) => !fields.has(name) && (i === 0 || compareTexts(removed[i - 1]!, name) < 0)));
  wellFormed(!change.deleted || (names.length === 0 && removed.length === 0));
  return change;
}

function wellFormed(condition: boolean): asserts condition {
  demand(condition, "refused-content", { reason: "shape" });
}

/** The rules that need the entry's own position and its header's `seen`; reasons `origin`, `seen`, `stamp`. */
export function checkPlace(content: Content, position: number, seen: number): void {
  for (const group of content.groups) {
    const first = group.origin?.position ?? position;
    demand(group.origin === null || first < position, "refused-content", { reason: "origin" });
    demand(group.seen <= seen && group.seen < first, "refused-content", { reason: "seen" });
    demand(group.stamp <= first + FURTHEST, "refused-content", { reason: "stamp" });
  }
}
