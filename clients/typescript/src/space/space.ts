/** Entries of spaces: what every reader checks (docs/protocol/3-log.md). */
import { RUNGS } from "../core/body.js";
import { equal, hex } from "../core/bytes.js";
import type { Chain } from "../core/chain.js";
import type { Entry } from "../core/entry.js";
import { demand } from "../core/refused.js";
import { refuse } from "../roster/change.js";
import type { Device, RosterState, Space } from "../roster/state.js";
import { checkAuthor, checkRosterPlace } from "./authority.js";
import { decodeErasing, Leaves } from "./erasing.js";

/** `isNew`: as a server judges what is pushed. Throws `Refused`; the chain after the entry. */
export function checkSpaceEntry(state: RosterState, chain: Chain, entry: Entry, leaves: Leaves, isNew: boolean): Chain {
  const { header } = entry;
  demand(equal(header.log, chain.log), "entry-malformed");
  const clear = header.kind === "erase" || header.kind === "withdraw";
  demand(header.kind === "sealed" || (clear && header.epoch === 0), "entry-malformed");
  // A body that was erased is missing; whether it may be is decided at the end of the log.
  const body = entry.body === null && !clear && !isNew ? null : entry.checkedBody();
  demand(body === null || clear || RUNGS.includes(body.length), "body-mismatch");
  const erasing = clear ? decodeErasing(header.kind, body!) : null;
  const author = checkAuthor(state, entry, isNew);
  chain.check(header);
  checkRosterPlace(state, entry, author, true);
  const space = state.spaces.get(hex(header.log)) ?? refuse("not-authorised");
  demand(mayWrite(state, space, author), "not-authorised");
  if (erasing) leaves.check(state, entry, erasing, author, isNew);
  else checkEpoch(space, entry, isNew);
  return chain.extend(entry);
}

function mayWrite(state: RosterState, space: Space, author: Device): boolean {
  return space.account ? equal(space.account, author.account) : state.roleOf(author.account) === "lead";
}

function checkEpoch({ epochs }: Space, { header }: Entry, isNew: boolean): void {
  const then = epochs.filter((epoch) => epoch.position <= header.roster.position).length;
  const least = isNew ? epochs.length : Math.max(then, 1);
  demand(header.epoch >= least && header.epoch <= epochs.length, "epoch-stale");
}
