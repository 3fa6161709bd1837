/** A space as a phone has verified it, and the records in it. */
import { openBody } from "../core/body.js";
import { type Bytes, hex } from "../core/bytes.js";
import { Chain } from "../core/chain.js";
import { checkPlace, type Content, decodeContent } from "../core/content.js";
import type { Value } from "../core/encoding.js";
import { type Entry, sealingFields } from "../core/entry.js";
import { RecordState } from "../core/merge.js";
import { Refused } from "../core/refused.js";
import type { RosterState, Space } from "../roster/state.js";
import { Leaves } from "../space/erasing.js";
import { checkSpaceEntry } from "../space/space.js";
import { voidPositions } from "../space/void.js";
import type { Keyring } from "./keyring.js";

export class SpaceLog {
  private leaves = new Leaves();
  private readonly contents = new Map<number, Content>();

  constructor(
    readonly space: Space,
    public chain: Chain,
    readonly entries: Entry[] = [],
  ) {}

  static start(programme: Bytes, space: Space): SpaceLog {
    return new SpaceLog(space, Chain.start(programme, space.log));
  }

  /** A copy with further entries, each verified; throws `Refused`. */
  extended(state: RosterState, entries: readonly Entry[]): SpaceLog {
    const next = new SpaceLog(this.space, this.chain, [...this.entries]);
    next.leaves = this.leaves.copy();
    this.contents.forEach((content, position) => next.contents.set(position, content));
    for (const entry of entries) {
      next.chain = checkSpaceEntry(state, next.chain, entry, next.leaves, false);
      next.leaves.add(next.chain.position, entry);
      next.entries.push(entry);
    }
    return next;
  }

  /** Positions of bodies that the server leaves out though nothing has erased them by its day. */
  omitted(day: number): number[] {
    const missing = this.entries.flatMap((entry, i) => (entry.body === null && !this.leaves.mayBeMissing(entry.leaf, day) ? [i + 1] : []));
    return missing;
  }

  /** What cannot be read, by position, with the reason; it is tried again each time. */
  read(keys: Keyring): Map<number, string> {
    const quarantined = new Map<number, string>();
    this.entries.forEach((entry, i) => {
      const position = i + 1;
      if (entry.header.kind !== "sealed" || entry.body === null || this.contents.has(position)) return;
      try {
        this.contents.set(position, contentOf(entry, position, keys.get(entry.header.log, entry.header.epoch)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        quarantined.set(position, String(error.told["reason"] ?? error.problem));
      }
    });
    return quarantined;
  }

  /** Up to where somebody who looks at a record has seen this log: not what cannot be opened, unless what is shown lies behind it. */
  seenOf(record: string, keys: Keyring, state: RosterState): number {
    const closed = [...this.read(keys).keys()];
    if (closed.length === 0) return this.chain.position;
    return Math.max(Math.min(...closed) - 1, this.records(state).get(record)?.position ?? 0);
  }

  /** The records that all readable entries add up to, by id; void entries say nothing, nor do repacks of them. */
  records(state: RosterState): Map<string, RecordState> {
    const placed = this.entries.map((entry, i) => ({ entry, position: i + 1 }));
    const voided = voidPositions(state, this.space.log, placed);
    const records = new Map<string, RecordState>();
    for (const [position, content] of this.contents) {
      if (voided.has(position)) continue;
      for (const { origin, stamp, seen, changes } of content.groups) {
        if (origin && voided.has(origin.position)) continue;
        const { device, position: first } = origin ?? { device: this.entries[position - 1]!.header.device, position };
        for (const change of changes) {
          const record = records.get(hex(change.record)) ?? new RecordState();
          record.add(change, { device, position: first, stamp, seen });
          records.set(hex(change.record), record);
        }
      }
    }
    return records;
  }

  /** Every value that a field of records of one type ever had, void entries included, the oldest first. */
  everySaid(type: string, field: string): Value[] {
    const changes = [...this.contents].sort(([a], [b]) => a - b).flatMap(([, { groups }]) => groups.flatMap((group) => group.changes));
    return changes.flatMap((change) => (change.type === type ? (change.fields.get(field) ?? []) : []));
  }

  highestStamp(): number {
    return Math.max(0, ...[...this.contents.values()].flatMap((content) => content.groups.map((group) => group.stamp)));
  }
}

function contentOf(entry: Entry, position: number, key: Bytes | undefined): Content {
  if (key === undefined) throw new Refused("refused-open", { reason: "missing-key" });
  const content = decodeContent(openBody(key, sealingFields(entry.header), entry.body!));
  checkPlace(content, position, entry.header.seen.position);
  return content;
}
