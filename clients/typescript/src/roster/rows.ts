/** The rows that must travel with a statement (docs/protocol/6-sync.md, *The exchange*). */
import { type Bytes, EMPTY, equal, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { inviteId } from "../core/ids.js";
import type { RosterState, Space } from "./state.js";
import { decodeStatement } from "./statements.js";

export type WrapRow = { readonly log: Bytes; readonly epoch: number; readonly reader: Bytes };

/** Of one statement, in the state that it made; all are of the epochs of now, to readers of now. */
export function wrapsCalledFor(state: RosterState, entry: Entry): WrapRow[] {
  return rowsOf(state, entry).filter((row) => state.readers(state.spaces.get(hex(row.log))!).some((one) => equal(one.id, row.reader)));
}

function rowsOf(state: RosterState, entry: Entry): WrapRow[] {
  const statement = decodeStatement(entry.header.kind, entry.checkedBody());
  const row = (space: Space | undefined, reader: Bytes): WrapRow[] =>
    space === undefined ? [] : [{ log: space.log, epoch: space.epochs.length, reader }];
  const shared = (role: string, reader: Bytes): WrapRow[] => [
    ...row(state.space("commons"), reader),
    ...(role === "lead" ? row(state.space("leads"), reader) : []),
  ];
  const toAll = (space: Space | undefined): WrapRow[] =>
    space === undefined ? [] : state.readers(space).flatMap((reader) => row(space, reader.id));
  switch (statement.kind) {
    case "found":
      return [...row(state.space("personal", statement.account), entry.header.device), ...shared("lead", statement.memberKey)];
    case "invite": {
      const id = inviteId(statement.signing, statement.hpkeHash);
      const own = statement.role === "link" || statement.role === "recovery";
      return own ? row(state.space("personal", statement.account), id) : shared(statement.role, id);
    }
    case "join": {
      const own = row(state.space("personal", statement.account), entry.header.device);
      return statement.memberKey.length ? [...own, ...shared(statement.role, statement.memberKey)] : own;
    }
    case "rotate":
      return toAll(state.space(statement.space, statement.account));
    case "revoke": {
      const account = state.device(entry.header.device)?.account ?? EMPTY;
      return [...toAll(state.space("personal", account)), ...shared(state.roleOf(account) ?? "", statement.memberKey)];
    }
    default:
      return [];
  }
}

/** Hashes of the HPKE keys that a statement names. */
export function keysCalledFor(entry: Entry): Bytes[] {
  const statement = decodeStatement(entry.header.kind, entry.checkedBody());
  switch (statement.kind) {
    case "found":
      return [statement.device.hpkeHash, statement.memberKey, statement.inbox];
    case "invite":
    case "offer":
      return [statement.hpkeHash];
    case "join":
      return [statement.device.hpkeHash, ...(statement.memberKey.length ? [statement.memberKey] : [])];
    case "rotate":
      return statement.inbox.length ? [statement.inbox] : [];
    case "revoke":
      return [statement.memberKey];
    default:
      return [];
  }
}
