/** Joining by a ticket, and linking a further phone (docs/protocol/7-ceremonies.md). */
import { type Bytes, EMPTY, equal, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import * as epochkey from "../core/epochkey.js";
import { hpkeKey, hpkeKeyHash } from "../core/hpke.js";
import { inviteId } from "../core/ids.js";
import { InviteKeys } from "../core/invitekeys.js";
import { demand, Refused } from "../core/refused.js";
import { sign } from "../core/signing.js";
import { readTicket, type Ticket, ticketText } from "../core/ticket.js";
import { wrapsCalledFor } from "../roster/rows.js";
import { apply } from "../roster/apply.js";
import { type OpenInvite, RosterState, type Space } from "../roster/state.js";
import { counterMessage, type Invite, type Join, joinMessage, statementBody } from "../roster/statements.js";
import { believe, NO_ROWS, requestJson, type Rows } from "./exchange.js";
import { Identity, random, type Secrets } from "./identity.js";
import { Keyring } from "./keyring.js";
import { ACCOUNT_KEYS, memberKeyHash, Phone } from "./phone.js";
import { type Wrap, Wire } from "./wire.js";
import { makeEntry } from "./writing.js";

/** Joins as a member or lead under a display name, or links a further phone; the phone has synced. Throws `Refused`. */
export async function join(text: string, name: string, keep?: (phone: Phone) => void, via?: string): Promise<Phone> {
  const ticket = readTicket(text);
  demand(ticket.kind !== "found", "ticket-wrong");
  const keys = new InviteKeys(ticket.secret);
  const wire = new Wire(ticket.address, via);
  const programme = await wire.open({ id: keys.id, seed: keys.signingSeed });
  const roster = await wholeRoster(wire, programme, ticket);
  const invite = roster.invites.get(hex(keys.id));
  // A fabricated programme lacks the statement that only the holder of the secret could counter-sign.
  if (invite === undefined || !roster.isOpen(invite)) throw new Refused("invite-not-open");
  demand(invite.role === ticket.kind, "ticket-wrong");
  const keyring = new Keyring();
  keyring.takeWraps(roster, [{ id: keys.id, seed: keys.hpkeSeed }], await wire.wraps());
  const joiner: Joiner = { wire, roster, invite, keys, keyring, name, ...(keep ? { keep } : {}) };
  return invite.role === "link" ? linked(joiner) : joined(joiner);
}

type Joiner = {
  readonly wire: Wire;
  readonly roster: RosterState;
  readonly invite: OpenInvite;
  readonly keys: InviteKeys;
  readonly keyring: Keyring;
  readonly name: string;
  readonly keep?: (phone: Phone) => void;
};

/** It verifies the roster once more, as the device that it is, and so keeps what it verified. */
const newPhone = ({ wire, roster, keep }: Joiner, identity: Identity): Phone =>
  new Phone(wire, identity.secrets, RosterState.start(roster.programme), roster.serverKey, keep);

async function wholeRoster(wire: Wire, programme: Bytes, ticket: Ticket): Promise<RosterState> {
  let state = RosterState.start(programme);
  for (let more = true; more; ) {
    const asked = { challenge: random(32), roster: { state, pushed: [] }, spaces: [], rows: NO_ROWS };
    const believed = believe(asked, await wire.call("POST", "/v1/sync", requestJson(asked)), ticket.serverKey);
    ({ roster: state, more } = believed);
  }
  demand(equal(state.serverKey, ticket.serverKey), "ticket-wrong");
  return state;
}

/** The newest key of a space that the invite opens; without it nothing can be wrapped to the newcomer. */
function keyOf({ keyring }: Joiner, space: Space): Bytes {
  const key = keyring.newest(space);
  if (key === undefined) throw new Refused("key-withheld");
  return key;
}

const freshSecrets = (account: Bytes): Secrets => ({ account, signingSeed: random(32), hpkeSeed: random(32) });

async function linked(joiner: Joiner): Promise<Phone> {
  const { roster, invite } = joiner;
  const identity = new Identity(freshSecrets(invite.account));
  const space = roster.space("personal", invite.account)!;
  const entry = joinEntry(joiner, identity, EMPTY, EMPTY);
  const key = keyOf(joiner, space);
  await push(joiner, entry, { keys: [identity.hpke], wraps: [wrapOf(roster, space, identity.id, identity.hpke, key)] });
  const phone = newPhone(joiner, identity);
  await phone.sync();
  return phone;
}

async function joined(joiner: Joiner): Promise<Phone> {
  const { wire, roster, name, invite } = joiner;
  const identity = new Identity(freshSecrets(random(16)));
  const [memberSeed, personalKey] = [random(32), random(32)];
  const memberKey = hpkeKey(memberSeed);
  const entry = joinEntry(joiner, identity, memberKeyHash(memberSeed), epochkey.commitment(1, personalKey));
  const after = apply(roster, entry);
  const wraps = wrapsCalledFor(after, entry).map(({ log, reader }) => {
    const space = after.spaces.get(hex(log))!;
    const own = space.account !== null;
    return wrapOf(after, space, reader, own ? identity.hpke : memberKey, own ? personalKey : keyOf(joiner, space));
  });
  const inboxHash = roster.space("leads")!.epochs.at(-1)!.inbox!;
  const [inbox] = await wire.keys([inboxHash]);
  if (inbox === undefined || !equal(hpkeKeyHash(inbox), inboxHash)) throw new Refused("keys-wrong");
  const sealed = epochkey.sealName(inbox, roster.programme, identity.account, name, identity.secrets.signingSeed);
  await push(joiner, entry, { keys: [identity.hpke, memberKey], wraps, name: sealed });
  const phone = newPhone(joiner, identity);
  demand(invite.role === "member" || invite.role === "lead", "ticket-wrong");
  await phone.openSession();
  await phone.pull();
  phone.write(ACCOUNT_KEYS, new Map([["member_key", memberSeed]]));
  await phone.sync();
  return phone;
}

function joinEntry({ roster, invite, keys }: Joiner, identity: Identity, memberKey: Bytes, commitment: Bytes): Entry {
  const seen = roster.chain.cursor;
  const device = { signing: identity.signing, hpkeHash: identity.hpkeHash };
  const { role, id } = invite;
  const unsigned = { kind: "join", role, invite: id, account: identity.account, device, memberKey, commitment } as const;
  const stated: Join = { ...unsigned, inviteSignature: EMPTY };
  const signature = sign(keys.signingSeed, "join", joinMessage(roster.programme, stated, seen));
  const elements = [role, id, identity.account, [identity.signing, identity.hpkeHash], memberKey, commitment, signature];
  const place = { log: roster.programme, seen, roster: seen, sequence: 1, prev: undefined };
  return makeEntry(identity, place, "join", 0, () => statementBody(today(), elements));
}

/** As the invite: the newcomer is no principal before the statement stands. */
async function push({ wire, roster }: Joiner, entry: Entry, rows: Rows): Promise<void> {
  const asked = { challenge: random(32), roster: { state: roster, pushed: [entry] }, spaces: [], rows };
  believe(asked, await wire.call("POST", "/v1/sync", requestJson(asked)), roster.serverKey);
}

function wrapOf(state: RosterState, space: Space, reader: Bytes, hpke: Bytes, key: Bytes): Wrap {
  const [log, epoch] = [space.log, space.epochs.length];
  return { log, epoch, reader, wrap: epochkey.wrap(hpke, { programme: state.programme, log, epoch, reader }, key) };
}

export const today = (): number => Math.floor(Date.now() / 86_400_000);

/** A ticket for a further phone of this account, good for a day. */
export async function linkTicket(phone: Phone): Promise<string> {
  await phone.sync();
  const { roster, identity, personal } = phone;
  const key = phone.keys.newest(personal);
  if (key === undefined) throw new Refused("key-withheld");
  const keys = new InviteKeys(random(16));
  const seen = roster.chain.cursor;
  const day = today();
  const { account } = identity;
  const shared = { kind: "invite", role: "link", account, signing: keys.signing, hpkeHash: keys.hpkeHash } as const;
  const stated: Invite = { ...shared, uses: 1, lastDay: day + 1, serverKey: roster.serverKey, counterSignature: EMPTY };
  const counter = sign(keys.signingSeed, "invite", counterMessage(roster.programme, stated, seen));
  const elements = ["link", account, keys.signing, keys.hpkeHash, 1, day + 1, roster.serverKey, counter];
  const entry = makeEntry(identity, phone.place(roster.chain), "invite", 0, () => statementBody(day, elements));
  const id = inviteId(keys.signing, keys.hpkeHash);
  await phone.exchange([entry], [], { keys: [keys.hpke], wraps: [wrapOf(roster, personal, id, keys.hpke, key)] });
  return ticketText({ kind: "link", address: roster.address, serverKey: roster.serverKey, secret: keys.secret });
}
