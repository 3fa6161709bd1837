/** Void entries (docs/protocol/3-log.md): what who left has said, and what of it does not count. */
import { type Bytes, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import type { Former, RosterState } from "../roster/state.js";

export type Placed = { readonly position: number; readonly entry: Entry };

/** Positions in a space, out of all its entries, from the first. */
export function voidPositions(state: RosterState, log: Bytes, entries: readonly Placed[]): Set<number> {
  const found = new Set<number>();
  const personal = state.spaces.get(hex(log))?.name === "personal";
  const departures = new Map<number, Former[]>();
  for (const former of state.former.values())
    departures.set(former.position, [...(departures.get(former.position) ?? []), former]);

  for (const [position, leaving] of [...departures].sort(([a], [b]) => a - b)) {
    if (personal && leaving[0]!.kind === "remove") continue;
    const left = new Set(leaving.map((one) => hex(one.device.id)));
    const witnesses = entries.filter(
      (one) => one.entry.header.roster.position < position && !left.has(author(one)) && !found.has(one.position),
    );
    const seen = Math.max(0, ...witnesses.map((one) => one.entry.header.seen.position));
    const nothingStays = leaving[0]!.kind === "revoke" && leaving[0]!.cosigned;
    // Collected apart: entries that this departure makes void witness nothing of their own devices anyway.
    for (const former of leaving) {
      const own = entries.filter((one) => author(one) === hex(former.device.id));
      const stands = standing(own, former.last.get(hex(log)));
      for (const one of own) if (!stands.has(one.position) && (nothingStays || one.position > seen)) found.add(one.position);
    }
  }
  return found;
}

const author = (one: Placed): string => hex(one.entry.header.device);

/** The `prev` chain that ends in a leaf. */
function standing(own: readonly Placed[], last: Bytes | undefined): Set<number> {
  const byLeaf = new Map(own.map((one) => [hex(one.entry.leaf), one]));
  const stands = new Set<number>();
  let at = last && byLeaf.get(hex(last));
  while (at !== undefined && !stands.has(at.position)) {
    stands.add(at.position);
    at = byLeaf.get(hex(at.entry.header.prev));
  }
  return stands;
}
