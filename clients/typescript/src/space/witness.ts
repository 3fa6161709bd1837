/** The witness log (docs/protocol/9-distrust.md). */
import { type Bytes, compare, equal, hex } from "../core/bytes.js";
import type { Chain } from "../core/chain.js";
import type { Entry } from "../core/entry.js";
import { demand } from "../core/refused.js";
import { type Cursor, Shape } from "../core/shape.js";
import { logId } from "../core/ids.js";
import type { Device, RosterState } from "../roster/state.js";
import { checkAuthor, checkRosterPlace } from "./authority.js";

const shape = new Shape("entry-malformed");

export type Witness = { readonly day: number; readonly digest: Bytes; readonly shared: readonly { log: Bytes; state: Cursor }[] };

/** Throws `entry-malformed`. */
export function decodeWitness(body: Bytes): Witness {
  const [day, digest, shared, cosignature] = shape.array(shape.decoded(body), 4);
  shape.array(cosignature, 0);
  const states = shape.array(shared).map((one) => {
    const [log, position, head] = shape.array(one, 3);
    return { log: shape.bytes(log, 32), state: shape.cursor([position!, head!]) };
  });
  demand(states.every((one, i) => i === 0 || compare(states[i - 1]!.log, one.log) < 0), "entry-malformed");
  return { day: shape.int(day), digest: shape.bytes(digest, 32), shared: states };
}

/** The shared spaces that the account of a device reads. */
function sharedLogs(state: RosterState, author: Device): Set<string> {
  const names = state.roleOf(author.account) === "lead" ? (["commons", "leads"] as const) : (["commons"] as const);
  return new Set(names.map((name) => hex(logId(state.programme, name))));
}

/** Throws `Refused`. A reader keeps an entry that names another history of the roster: that is what it is for. */
export function checkWitnessEntry(state: RosterState, chain: Chain, entry: Entry, isNew: boolean): Chain {
  const { header } = entry;
  demand(equal(header.log, chain.log) && header.kind === "witness" && header.epoch === 0, "entry-malformed");
  const witness = decodeWitness(entry.checkedBody());
  const author = checkAuthor(state, entry, isNew);
  chain.check(header);
  checkRosterPlace(state, entry, author, isNew);
  const logs = sharedLogs(state, author);
  demand(witness.shared.length === logs.size && witness.shared.every((one) => logs.has(hex(one.log))), "entry-malformed");
  return chain.extend(entry);
}
