/** Merging the changes of one record (docs/protocol/5-sealed.md, *Merging*): a join, in whatever order they come. */
import { type Bytes, compare, compareTexts, EMPTY, equal } from "./bytes.js";
import type { Change } from "./content.js";
import { encode, type Value } from "./encoding.js";
import { H } from "./hashing.js";

/** Where a change was first carried, and what its author had seen. */
export type Carried = { readonly device: Bytes; readonly position: number; readonly stamp: number; readonly seen: number };

/** `value` is undefined for a removal. */
type Standing = Carried & { readonly value: Value | undefined; readonly hash: Bytes };
type Field = { readonly highestSeen: number; readonly standing: readonly Standing[] };
type Naming = Carried & { readonly type: string; readonly version: number };

export class RecordState {
  private naming: Naming | undefined;
  private readonly fields = new Map<string, Field>();
  deleted = false;

  add(change: Change, carried: Carried): void {
    const naming = { ...carried, type: change.type, version: change.version };
    if (this.naming === undefined || compareNamings(this.naming, naming) < 0) this.naming = naming;
    this.deleted ||= change.deleted;
    if (this.deleted) return this.fields.clear();
    for (const [name, value] of change.fields) this.write(name, carried, value);
    for (const name of change.removed) this.write(name, carried, undefined);
  }

  get type(): string {
    return this.naming?.type ?? "";
  }

  get version(): number {
    return this.naming?.version ?? 0;
  }

  /** The highest position of what stands, or 0. */
  get position(): number {
    return Math.max(0, ...[...this.fields.values()].flatMap(({ standing }) => standing.map((one) => one.position)));
  }

  /** What the fields say that are not removed. */
  values(): Map<string, Value> {
    const values = new Map<string, Value>();
    for (const name of this.fields.keys()) {
      const [winner] = this.ranked(name);
      if (winner?.value !== undefined) values.set(name, winner.value);
    }
    return values;
  }

  /** The other values that stand, each once, the highest first; undefined for a removal. */
  conflicts(): Map<string, (Value | undefined)[]> {
    const conflicts = new Map<string, (Value | undefined)[]>();
    for (const name of this.fields.keys()) {
      const ranked = this.ranked(name);
      const others = ranked.filter((one, i) => ranked.findIndex((other) => equal(one.hash, other.hash)) === i).slice(1);
      if (others.length) conflicts.set(name, others.map((one) => one.value));
    }
    return conflicts;
  }

  private write(name: string, carried: Carried, value: Value | undefined): void {
    const made = { ...carried, value, hash: H("value", value === undefined ? EMPTY : encode(value)) };
    const before = this.fields.get(name) ?? { highestSeen: 0, standing: [] };
    // Kept though the change that saw so much may itself be overtaken: else what it overtook would rise again.
    const highestSeen = Math.max(before.highestSeen, carried.seen);
    const all = before.standing.some((one) => same(one, made)) ? before.standing : [...before.standing, made];
    const stands = (one: Standing): boolean =>
      one.position > highestSeen && !all.some((other) => equal(other.device, one.device) && other.position > one.position);
    this.fields.set(name, { highestSeen, standing: all.filter(stands) });
  }

  private ranked(name: string): Standing[] {
    const rank = (a: Standing, b: Standing): number =>
      b.stamp - a.stamp || compare(b.device, a.device) || compare(b.hash, a.hash);
    return [...(this.fields.get(name)?.standing ?? [])].sort(rank);
  }
}

function compareNamings(a: Naming, b: Naming): number {
  return (
    a.stamp - b.stamp || compare(a.device, b.device) || a.position - b.position || a.version - b.version || compareTexts(a.type, b.type)
  );
}

function same(a: Standing, b: Standing): boolean {
  return a.position === b.position && a.stamp === b.stamp && equal(a.device, b.device) && equal(a.hash, b.hash);
}
