/** What of a state the vectors of the roster tell. */
import { compare, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { keysCalledFor, wrapsCalledFor, type WrapRow } from "../roster/rows.js";
import type { RosterState } from "../roster/state.js";
import type { Json } from "../core/json.js";
import { plain } from "./output.js";

function object<T>(map: ReadonlyMap<string, T>, render: (one: T) => Json): Json {
  return Object.fromEntries([...map].map(([key, one]) => [key, render(one)]));
}

export function toldOfRoster(state: RosterState, entry: Entry): { [name: string]: Json } {
  const order = (a: WrapRow, b: WrapRow): number => compare(a.log, b.log) || a.epoch - b.epoch || compare(a.reader, b.reader);
  return {
    time: state.time,
    policy: [...state.policy],
    accounts: object(state.accounts, (one) => one.role),
    devices: object(state.devices, (one) => hex(one.account)),
    open_invites: state.openInvites().map((one) => hex(one.id)).sort(),
    former: object(state.former, (one) => one.position),
    departed: object(state.departed, (one) => one.position),
    due: (["commons", "leads"] as const).filter((name) => state.due[name] !== null),
    server: [hex(state.serverKey), state.address],
    one_organisation: state.oneOrganisation,
    rules: state.rules,
    restored: state.restored,
    epochs: object(state.spaces, (one) => one.epochs.length),
    wraps: wrapsCalledFor(state, entry).sort(order).map((row) => [hex(row.log), row.epoch, hex(row.reader)]),
    keys: keysCalledFor(entry).map(hex).sort(),
  };
}

export function toldOfStatistics(state: RosterState, entry: Entry): { [name: string]: Json } {
  return {
    ...toldOfRoster(state, entry),
    tasks: object(state.tasks, (one) => plain(one.elements)),
    aggregators: [...state.aggregators].sort(),
    offers: object(state.offers, (one) => hex(one.opening ?? new Uint8Array(0))),
    openings: object(state.openings, ({ task, period, ended, closed, accepted }) => [
      hex(task),
      period,
      ended !== null,
      hex(closed ?? new Uint8Array(0)),
      hex(accepted ?? new Uint8Array(0)),
    ]),
  };
}
