/** Who wrote an entry of history, and whether it could (docs/protocol/3-log.md, *Authority in history*). */
import type { Entry } from "../core/entry.js";
import { demand } from "../core/refused.js";
import { checkSignature, refuse } from "../roster/change.js";
import type { Device, RosterState } from "../roster/state.js";

/** Item 3 for a new entry, and item 4. */
export function checkAuthor(state: RosterState, entry: Entry, isNew: boolean): Device {
  const { device: id } = entry.header;
  const author = (isNew ? state.device(id) : state.everDevice(id)) ?? refuse("device-not-active");
  checkSignature(author.signing, "entry", entry.headerBytes, entry.signature);
  return author;
}

/** Item 7, and authority at the roster position that the header names. */
export function checkRosterPlace(state: RosterState, { header }: Entry, author: Device, itsHead: boolean): void {
  const { roster } = header;
  demand(roster.position <= state.chain.position && roster.position >= author.position, "witness-unknown");
  demand(!itsHead || state.chain.has(roster), "witness-unknown");
  const left = [...state.former.values()].find((former) => former.device === author)?.position;
  demand(left === undefined || left > roster.position, "device-not-active");
}
