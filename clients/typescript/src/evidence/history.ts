/** A roster with all that it ever said about its servers and its restores (docs/protocol/9-distrust.md, *Evidence*). */
import { type Bytes, equal, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { logId } from "../core/ids.js";
import type { Cursor } from "../core/shape.js";
import { Refused } from "../core/refused.js";
import { apply } from "../roster/apply.js";
import { RosterState } from "../roster/state.js";

export class History {
  /** From position 0, where there is no server yet. */
  private readonly serverKeys: Bytes[] = [];
  readonly restored: number[] = [];

  private constructor(public state: RosterState) {}

  /** Applies a roster from its founding statement; throws `Refused`. */
  static of(entries: readonly Entry[]): History {
    if (entries[0] === undefined) throw new Refused("no-roster");
    const history = new History(RosterState.start(entries[0].header.log));
    for (const entry of entries) {
      history.state = apply(history.state, entry);
      history.serverKeys.push(history.state.serverKey);
      if (entry.header.kind === "restored") history.restored.push(history.state.chain.position);
    }
    return history;
  }

  get programme(): Bytes {
    return this.state.programme;
  }

  has(cursor: Cursor): boolean {
    return this.state.chain.has(cursor);
  }

  headAt(position: number): Bytes | undefined {
    return this.state.chain.headAt(position);
  }

  keysUpTo(position: number): Bytes[] {
    return this.serverKeys.slice(0, position);
  }

  /** What a log is called; undefined for one that the programme does not have. */
  logName(log: Bytes): string | undefined {
    if (equal(log, this.programme)) return "roster";
    if (equal(log, logId(this.programme, "witness"))) return "witness";
    return this.state.spaces.get(hex(log))?.name;
  }

  /** Whether one of the two is the beginning of the other. */
  agrees(other: History): boolean {
    const position = Math.min(this.state.chain.position, other.state.chain.position);
    return equal(this.headAt(position)!, other.headAt(position)!);
  }
}
