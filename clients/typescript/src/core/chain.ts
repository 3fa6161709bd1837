/** The chain of a log (docs/protocol/3-log.md). Values: `extend` makes another chain, and leaves this one as it is. */
import { type Bytes, equal, hex, ZERO } from "./bytes.js";
import type { Entry, HeaderFields } from "./entry.js";
import { H } from "./hashing.js";
import { genesis } from "./ids.js";
import { demand } from "./refused.js";
import type { Cursor } from "./shape.js";

/** The last entry of an author in a log. */
export type Last = { readonly sequence: number; readonly leaf: Bytes; readonly seen: number };

export class Chain {
  private constructor(
    readonly log: Bytes,
    /** Heads from position `since` on. */
    private readonly heads: readonly Bytes[],
    private readonly authors: ReadonlyMap<string, Last>,
    /** Where this reader began; 0 for the beginning of the log. */
    readonly since: number,
  ) {}

  static start(programme: Bytes, log: Bytes): Chain {
    return new Chain(log, [genesis(programme, log)], new Map(), 0);
  }

  static from(log: Bytes, { position, head }: Cursor): Chain {
    return new Chain(log, [head], new Map(), position);
  }

  get position(): number {
    return this.since + this.heads.length - 1;
  }

  get head(): Bytes {
    return this.heads[this.heads.length - 1]!;
  }

  get cursor(): Cursor {
    return { position: this.position, head: this.head };
  }

  headAt(position: number): Bytes | undefined {
    return this.heads[position - this.since];
  }

  has({ position, head }: Cursor): boolean {
    const own = this.headAt(position);
    return own !== undefined && equal(own, head);
  }

  lastOf(device: Bytes): Last | undefined {
    return this.authors.get(hex(device));
  }

  /** Items 1, 5 and 6 of what every reader checks. */
  check(header: HeaderFields): void {
    demand(equal(header.log, this.log), "entry-malformed");
    const last = this.lastOf(header.device);
    // A reader who began above the start of the log takes the first entry of each author as it is.
    if (last !== undefined || this.since === 0) {
      demand(header.sequence > (last?.sequence ?? 0), "sequence-used");
      demand(equal(header.prev, last?.leaf ?? ZERO), "prev-mismatch");
    }
    const { position } = header.seen;
    demand(position <= this.position && position >= (last?.seen ?? 0), "witness-unknown");
    demand(position < this.since || this.has(header.seen), "witness-unknown");
  }

  extend(entry: Entry): Chain {
    const { device, sequence, seen } = entry.header;
    const last = { sequence, leaf: entry.leaf, seen: seen.position };
    const head = H("head", this.head, entry.leaf);
    return new Chain(this.log, [...this.heads, head], new Map(this.authors).set(hex(device), last), this.since);
  }
}
