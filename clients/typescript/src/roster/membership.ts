/** Founding, inviting, joining (docs/protocol/4-roster.md). */
import { equal, hex, isZero } from "../core/bytes.js";
import { inviteId } from "../core/ids.js";
import { demand, orRefuse } from "../core/refused.js";
import { checkSigningKey } from "../core/signing.js";
import { type Change, checkSignature, refuse, takeNew } from "./change.js";
import { checkFloors } from "./policy.js";
import type { Account, OpenInvite, RosterState } from "./state.js";
import { counterMessage, joinMessage, type Statement } from "./statements.js";

const RULES = 1;
const MOST = {
  ...{ links: 4, codes: 4, cosignedCodes: 8, invites: 1000, accounts: 3000 },
  ...{ devices: 8, recoveredDevices: 64, deviceStatements: 30 },
};
const YEAR = 365;
export const CODE_CLOSES_AFTER = 30;

export function found({ next, entry, statement, position }: Change<"found">): void {
  demand(!isZero(statement.account), "entry-malformed");
  demand(statement.rules === RULES, "statement-unsupported");
  checkFloors(statement.policy);
  orRefuse("key-refused", {}, () => checkSigningKey(statement.serverKey));
  next.rules = statement.rules;
  next.policy = statement.policy;
  next.serverKey = statement.serverKey;
  next.address = statement.address;
  enrol(next, entry.header.device, statement, null, position);
  addAccount(next, statement, "lead", position);
  const { personal, commons, leads } = statement.commitments;
  const epoch = { position, sealedPrevious: null, inbox: null };
  next.addSpace("personal", statement.account, { ...epoch, commitment: personal });
  next.addSpace("commons", null, { ...epoch, commitment: commons });
  next.addSpace("leads", null, { ...epoch, commitment: leads, inbox: statement.inbox });
}

export function invite(change: Change<"invite">): void {
  const { next, entry, statement, position, authorAccount, authorDevice } = change;
  const { role, account, uses, lastDay } = statement;
  const forPeople = role === "member" || role === "lead";
  demand(!forPeople || account.length === 0, "entry-malformed");
  if (forPeople) change.demandLead();
  else demand(equal(account, authorAccount.id), "not-authorised");
  if (role === "member") demand(hasSecondKey(next), "second-key-needed");
  demand(equal(statement.serverKey, next.serverKey), "counter-signature-invalid");
  const message = counterMessage(next.programme, statement, entry.header.seen);
  checkSignature(statement.signing, "invite", message, statement.counterSignature, "counter-signature-invalid");
  demand(role !== "recovery" || (uses === 0 && lastDay === 0), "entry-malformed");
  checkInviteLimits(change);

  const id = inviteId(statement.signing, statement.hpkeHash);
  takeNew(next.signingKeys, statement.signing);
  const { signing, hpkeHash } = statement;
  const made = { id, role, account, signing, hpkeHash, uses, lastDay, position, closing: null };
  next.invites.set(hex(id), { ...made, authorAccount: authorAccount.id, authorDevice: authorDevice.id });
  if (!forPeople) countDeviceStatement(next, authorAccount);
}

/** One lost phone must not end the programme. */
function hasSecondKey(state: RosterState): boolean {
  const leads = [...state.accounts.values()].filter((one) => one.role === "lead");
  return leads.length >= 2 || leads.some((lead) => state.openCodes(lead.id).length > 0);
}

function checkInviteLimits({ next, statement, authorAccount }: Change<"invite">): void {
  const { role, uses, lastDay, day, cosignature } = statement;
  const open = next.openInvites();
  const own = open.filter((one) => one.role === role && equal(one.account, authorAccount.id)).length;
  const within = (days: number): boolean => day <= lastDay && lastDay <= day + days;
  switch (role) {
    case "member":
    case "lead":
      demand(uses >= 1 && uses <= (role === "lead" ? 1 : 100) && within(14), "limit-reached");
      demand(open.filter((one) => one.account.length === 0).length < MOST.invites, "limit-reached");
      return demand(next.accounts.size < MOST.accounts, "limit-reached");
    case "link":
      demand(uses === 1 && within(1) && own < MOST.links, "limit-reached");
      return checkDeviceStatements(next, authorAccount);
    case "recovery":
      return demand(own < (cosignature ? MOST.cosignedCodes : MOST.codes), "limit-reached");
  }
}

function checkDeviceStatements(state: RosterState, account: Account): void {
  const recent = account.deviceStatements.filter((time) => time > state.time - YEAR);
  demand(recent.length < MOST.deviceStatements, "limit-reached");
}

function countDeviceStatement(state: RosterState, account: Account): void {
  state.accounts.set(hex(account.id), { ...account, deviceStatements: [...account.deviceStatements, state.time] });
}

export function join({ next, entry, statement, position }: Change<"join">): void {
  const { role } = statement;
  const newAccount = role === "member" || role === "lead";
  const by = next.invites.get(hex(statement.invite)) ?? refuse("invite-not-open");
  demand(next.isOpen(by) && by.role === role, "invite-not-open");
  demand(entry.header.seen.position >= by.position, "witness-unknown");
  checkSignature(by.signing, "join", joinMessage(next.programme, statement, entry.header.seen), statement.inviteSignature);
  demand(newAccount === statement.memberKey.length > 0 && newAccount === statement.commitment.length > 0, "entry-malformed");
  if (newAccount) {
    const id = hex(statement.account);
    demand(!isZero(statement.account), "entry-malformed");
    demand(!next.accounts.has(id) && !next.departed.has(id), "exists");
    demand(next.accounts.size < MOST.accounts, "limit-reached");
  } else checkDevices(next, statement, by);

  enrol(next, entry.header.device, statement, hex(by.id), position);
  if (role !== "recovery") next.invites.set(hex(by.id), { ...by, uses: by.uses - 1 });
  if (newAccount) {
    addAccount(next, statement, role, position);
    const epoch = { position, commitment: statement.commitment, sealedPrevious: null, inbox: null };
    next.addSpace("personal", statement.account, epoch);
  } else countDeviceStatement(next, next.account(statement.account)!);
}

function checkDevices(state: RosterState, { role, account }: Statement<"join">, by: OpenInvite): void {
  demand(equal(by.account, account), "not-authorised");
  const of = state.account(account) ?? refuse("not-authorised");
  const active = state.devicesOf(account).length;
  if (role === "link") {
    demand(active < MOST.devices, "limit-reached");
    checkDeviceStatements(state, of);
  } else {
    // A code that a thief makes with a stolen phone leaves room for the one on paper.
    const older = state.openCodes(account).filter((code) => code.position < by.position).length;
    demand(active < MOST.recoveredDevices - MOST.devices * older, "limit-reached");
  }
}

function enrol(state: RosterState, id: Uint8Array, statement: Statement<"found" | "join">, by: string | null, position: number): void {
  const { signing, hpkeHash } = statement.device;
  demand(state.everDevice(id) === undefined, "exists");
  takeNew(state.signingKeys, signing);
  state.devices.set(hex(id), { id, account: statement.account, signing, hpkeHash, position, invite: by, rules: state.rules });
}

function addAccount(state: RosterState, statement: Statement<"found" | "join">, role: "member" | "lead", position: number): void {
  const { account: id, memberKey } = statement;
  takeNew(state.memberKeys, memberKey);
  state.accounts.set(hex(id), { id, role, memberKey, position, joined: state.time, deviceStatements: [] });
}

export function closeInvite(change: Change<"close_invite">): void {
  const { next, statement, authorAccount } = change;
  const one = next.invites.get(hex(statement.invite)) ?? refuse("invite-not-open");
  demand(next.isOpen(one), "invite-not-open");
  if (one.account.length === 0) change.demandLead();
  else demand(equal(one.account, authorAccount.id), "invite-not-open");
  const { code } = change;
  demand(one.role !== "recovery" || code === undefined || code.position <= one.position, "cosignature-invalid");
  close(next, one, one.role === "recovery" && code === undefined ? CODE_CLOSES_AFTER : 0);
}

/** Closes an invite after so many days, unless it closes before. */
export function close(state: RosterState, invite: OpenInvite, after: number): void {
  const closing = Math.min(state.time + after, invite.closing ?? Infinity);
  state.invites.set(hex(invite.id), { ...invite, closing });
}
