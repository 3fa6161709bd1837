/** Revoking devices, removing accounts (docs/protocol/4-roster.md). */
import { type Bytes, equal, hex } from "../core/bytes.js";
import { demand } from "../core/refused.js";
import { type Change, refuse, takeNew } from "./change.js";
import { close, CODE_CLOSES_AFTER } from "./membership.js";
import type { AccountRole, Device, Former, RosterState } from "./state.js";
import type { LastEntry } from "./statements.js";
import { logId, type SpaceName } from "../core/ids.js";

export function revoke(change: Change<"revoke">): void {
  const { next, statement, authorAccount, authorDevice, position } = change;
  const named = next.everDevice(statement.device) ?? refuse("not-authorised");
  demand(equal(named.account, authorAccount.id), "not-authorised");
  demand(statement.since <= change.seen, "entry-malformed");
  const line = lineOf(next, named, statement.since);
  const inLine = (id: Bytes): boolean => line.has(hex(id));
  demand(!inLine(authorDevice.id), "not-authorised");

  const { code } = change;
  const cosigned = code !== undefined;
  if (cosigned) {
    demand(code === next.openCodes(authorAccount.id)[0], "cosignature-invalid");
    demand(code.position <= statement.since || !inLine(code.authorDevice), "cosignature-invalid");
    for (const former of formersOf(next, authorAccount.id)) {
      const cancelled = former.kind === "revoke" && former.position > statement.since && inLine(former.author);
      if (cancelled) reinstate(next, former);
    }
  }
  demand(next.device(statement.device) !== undefined, "not-authorised");
  const leaving = next.devicesOf(authorAccount.id).filter((device) => inLine(device.id));
  checkLast(statement.last, leaving, writable(next, authorAccount.id, authorAccount.role, true));

  const space = next.space("personal", authorAccount.id)!;
  demand(statement.epoch === space.epochs.length + 1, "epoch-stale");
  takeNew(next.memberKeys, statement.memberKey);
  leave(change, leaving, statement.last, "revoke", cosigned);
  for (const invite of next.openInvites()) {
    if (!inLine(invite.authorDevice)) continue;
    const since = invite.position > statement.since;
    if (invite.role === "link") close(next, invite, 0);
    else if (since) close(next, invite, invite.role === "recovery" && !cosigned ? CODE_CLOSES_AFTER : 0);
  }
  next.accounts.set(hex(authorAccount.id), { ...authorAccount, memberKey: statement.memberKey });
  const { commitment, sealedPrevious } = statement;
  next.addEpoch(space, { position, commitment, sealedPrevious, inbox: null });
  becomeDue(next, authorAccount.role);
}

/** The device, and what it enrolled, and what these enrolled, above `since`. */
function lineOf(state: RosterState, named: Device, since: number): Set<string> {
  const line = new Set([hex(named.id)]);
  const everybody = [...state.devicesOf(named.account), ...formersOf(state, named.account).map((one) => one.device)];
  for (const device of everybody.sort((a, b) => a.position - b.position)) {
    const by = device.invite === null ? undefined : state.invites.get(device.invite);
    if (by === undefined || device.position <= since) continue;
    const counts = by.role === "link" || (by.role === "recovery" && by.position > since);
    if (counts && line.has(hex(by.authorDevice))) line.add(hex(device.id));
  }
  return line;
}

function formersOf(state: RosterState, account: Bytes): Former[] {
  return [...state.former.values()].filter((one) => equal(one.device.account, account));
}

function reinstate(state: RosterState, { device }: Former): void {
  state.former.delete(hex(device.id));
  state.devices.set(hex(device.id), device);
}

export function remove(change: Change<"remove">): void {
  const { next, statement, authorAccount, position } = change;
  const account = next.account(statement.account) ?? refuse("not-authorised");
  const own = equal(account.id, authorAccount.id);
  demand(own || authorAccount.role === "lead", "not-authorised");
  const leads = [...next.accounts.values()].filter((one) => one.role === "lead");
  demand(account.role !== "lead" || leads.length > 1, "not-authorised");
  const { code } = change;
  demand(!own || code === next.openCodes(account.id)[0], "cosignature-invalid");

  const leaving = next.devicesOf(account.id);
  checkLast(statement.last, leaving, writable(next, account.id, account.role, false));
  leave(change, leaving, statement.last, "remove", code !== undefined);
  for (const invite of next.openInvites())
    if (equal(invite.account, account.id) || equal(invite.authorAccount, account.id)) close(next, invite, 0);
  next.accounts.delete(hex(account.id));
  next.aggregators.delete(hex(account.id));
  next.departed.set(hex(account.id), { account, position, time: next.time });
  becomeDue(next, account.role);
}

/** Logs that `last` may name. */
function writable(state: RosterState, account: Bytes, role: AccountRole, personal: boolean): Set<string> {
  const names: SpaceName[] = [...(personal ? (["personal"] as const) : []), ...(role === "lead" ? (["commons", "leads"] as const) : [])];
  return new Set(names.map((name) => hex(logId(state.programme, name, account))));
}

function checkLast(last: readonly LastEntry[], leaving: readonly Device[], logs: ReadonlySet<string>): void {
  const devices = new Set(leaving.map((device) => hex(device.id)));
  demand(last.every((one) => devices.has(hex(one.device)) && logs.has(hex(one.log))), "entry-malformed");
}

function leave(
  { next, position, authorDevice }: Pick<Change, "next" | "position" | "authorDevice">,
  leaving: readonly Device[],
  last: readonly LastEntry[],
  kind: Former["kind"],
  cosigned: boolean,
): void {
  for (const device of leaving) {
    const own = last.filter((one) => equal(one.device, device.id)).map((one) => [hex(one.log), one.leaf] as const);
    next.devices.delete(hex(device.id));
    next.former.set(hex(device.id), { device, position, kind, author: authorDevice.id, cosigned, last: new Map(own) });
  }
}

function becomeDue(state: RosterState, role: AccountRole): void {
  state.due.commons ??= state.time;
  if (role === "lead") state.due.leads ??= state.time;
}
