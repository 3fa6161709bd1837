/** The epoch keys of the spaces that a phone reads (docs/protocol/2-keys.md). */
import { type Bytes, equal, hex } from "../core/bytes.js";
import * as epochkey from "../core/epochkey.js";
import { Refused } from "../core/refused.js";
import type { RosterState, Space } from "../roster/state.js";
import type { Wrap } from "./wire.js";

/** An HPKE seed, and the id under which keys are wrapped to it. */
export type Reader = { readonly id: Bytes; readonly seed: Bytes };

export class Keyring {
  /** By log, then by epoch. */
  private readonly keys = new Map<string, Map<number, Bytes>>();

  get(log: Bytes, epoch: number): Bytes | undefined {
    return this.keys.get(hex(log))?.get(epoch);
  }

  all(): { log: string; epoch: number; key: Bytes }[] {
    return [...this.keys].flatMap(([log, held]) => [...held].map(([epoch, key]) => ({ log, epoch, key })));
  }

  newest(space: Space): Bytes | undefined {
    return this.get(space.log, space.epochs.length);
  }

  /** Takes a key, and all that it leads back to; one that the roster does not commit to is not taken. */
  take(space: Space, epoch: number, key: Bytes): void {
    for (let at = epoch, open: Bytes | null = key; open !== null; at--) {
      const { commitment, sealedPrevious } = space.epochs[at - 1]!;
      if (!equal(epochkey.commitment(at, open), commitment)) return;
      const held = this.keys.get(hex(space.log)) ?? new Map<number, Bytes>();
      this.keys.set(hex(space.log), held.set(at, open));
      open = sealedPrevious && previousOf(space, at, open, sealedPrevious);
    }
  }

  /** Takes what opens of the wraps that a server gave. */
  takeWraps(state: RosterState, readers: readonly Reader[], wraps: readonly Wrap[]): void {
    for (const { log, epoch, reader, wrap } of wraps) {
      const space = state.spaces.get(hex(log));
      const own = readers.find((one) => equal(one.id, reader));
      const committed = space?.epochs[epoch - 1]?.commitment;
      if (space === undefined || own === undefined || committed === undefined) continue;
      try {
        this.take(space, epoch, epochkey.unwrap(own.seed, { programme: state.programme, log, epoch, reader }, wrap, committed));
      } catch (error) {
        // The space stays unwritten until a wrap comes that opens.
        if (!(error instanceof Refused)) throw error;
      }
    }
  }
}

/** Null where the sealed key is garbage: a stolen phone may have written it. */
function previousOf(space: Space, epoch: number, key: Bytes, sealed: Bytes): Bytes | null {
  try {
    return epochkey.openPrevious(key, epoch, space.log, sealed, space.epochs[epoch - 2]!.commitment);
  } catch {
    return null;
  }
}
