/** The bodies of statements (docs/protocol/4-roster.md, 10-statistics.md), as they are decoded; rules stand elsewhere. */
import { type Bytes, compare, concat } from "../core/bytes.js";
import { encode, type Value } from "../core/encoding.js";
import { demand, Refused } from "../core/refused.js";
import { type Cursor, cursorValue, Shape } from "../core/shape.js";

const shape = new Shape("entry-malformed");
const ROLES = ["member", "lead", "link", "recovery"] as const;
const SPACES = ["personal", "commons", "leads"] as const;
const UNITS = ["contact", "supporter"] as const;
const PERIODS = ["month", "quarter"] as const;
const MOST_LAST = 1024;

export type Role = (typeof ROLES)[number];
export type SpaceRole = (typeof SPACES)[number];
export type DeviceKeys = { readonly signing: Bytes; readonly hpkeHash: Bytes };
export type Policy = readonly [suite: number, contacts: number, checkIns: number];
export type LastEntry = { readonly device: Bytes; readonly log: Bytes; readonly leaf: Bytes };
export type Cosignature = { readonly code: Bytes; readonly signature: Bytes };
export type Axis = { readonly name: string; readonly codes: readonly string[] };
export type Task = {
  readonly source: string;
  readonly axes: readonly Axis[];
  readonly unit: (typeof UNITS)[number];
  readonly bound: number;
  readonly epsilon: number;
  readonly k: number;
  readonly periodKind: (typeof PERIODS)[number];
  readonly shares: number;
};

export type Found = {
  kind: "found";
  rules: number;
  address: string;
  serverKey: Bytes;
  account: Bytes;
  device: DeviceKeys;
  memberKey: Bytes;
  commitments: { personal: Bytes; commons: Bytes; leads: Bytes };
  inbox: Bytes;
  policy: Policy;
};
export type Invite = {
  kind: "invite";
  role: Role;
  account: Bytes;
  signing: Bytes;
  hpkeHash: Bytes;
  uses: number;
  lastDay: number;
  serverKey: Bytes;
  counterSignature: Bytes;
};
export type Join = {
  kind: "join";
  role: Role;
  invite: Bytes;
  account: Bytes;
  device: DeviceKeys;
  memberKey: Bytes;
  commitment: Bytes;
  inviteSignature: Bytes;
};
export type Rotate = {
  kind: "rotate";
  space: SpaceRole;
  account: Bytes;
  epoch: number;
  commitment: Bytes;
  sealedPrevious: Bytes;
  inbox: Bytes;
};
export type Revoke = {
  kind: "revoke";
  device: Bytes;
  since: number;
  last: LastEntry[];
  epoch: number;
  commitment: Bytes;
  sealedPrevious: Bytes;
  memberKey: Bytes;
};
export type Remove = { kind: "remove"; account: Bytes; last: LastEntry[] };
export type Open = { kind: "open"; task: Bytes; period: number; offers: Bytes[]; commitment: Bytes };
type Content =
  | Found
  | Invite
  | Join
  | Rotate
  | Revoke
  | Remove
  | Open
  | { kind: "policy"; policy: Policy }
  | { kind: "close_invite"; invite: Bytes }
  | { kind: "announce"; rules: number }
  | { kind: "rules"; version: number }
  | { kind: "server"; serverKey: Bytes; address: string; oneOrganisation: boolean }
  | { kind: "restored" }
  | { kind: "task"; task: Task }
  | { kind: "aggregator"; on: boolean }
  | { kind: "offer"; task: Bytes; period: number; hpkeHash: Bytes }
  | { kind: "close_period"; opening: Bytes; accepted: Bytes };
export type Kind = Content["kind"];

/** `elements` are those of the body: what is signed is made of them. */
export type Statement<K extends Kind = Kind> = Extract<Content, { kind: K }> & {
  readonly day: number;
  readonly cosignature: Cosignature | null;
  readonly elements: readonly Value[];
};

const STRICT: ReadonlySet<Kind> = new Set<Kind>([
  ...(["rotate", "policy", "close_invite", "revoke", "remove", "rules", "server", "restored"] as const),
  ...(["task", "open", "close_period"] as const),
]);

/** Whether it must have seen the state directly below it. */
export const isStrict = (kind: Kind): boolean => STRICT.has(kind);

const READERS: { [K in Kind]: (elements: Value[]) => Extract<Content, { kind: K }> } = {
  found: (e) => ({
    kind: "found",
    rules: shape.int(e[0]),
    ...{ random: shape.bytes(e[1], 32) },
    address: shape.text(e[2], 1, 200),
    serverKey: shape.bytes(e[3], 32),
    account: shape.bytes(e[4], 16),
    device: deviceKeys(e[5]),
    memberKey: shape.bytes(e[6], 32),
    commitments: commitments(e[7]),
    inbox: shape.bytes(e[8], 32),
    policy: policy(e[9]),
  }),
  invite: (e) => ({
    kind: "invite",
    role: oneOf(ROLES, e[0]),
    account: shape.bytes(e[1], 0, 16),
    signing: shape.bytes(e[2], 32),
    hpkeHash: shape.bytes(e[3], 32),
    uses: shape.int(e[4]),
    lastDay: shape.int(e[5]),
    serverKey: shape.bytes(e[6], 32),
    counterSignature: shape.bytes(e[7], 64),
  }),
  join: (e) => ({
    kind: "join",
    role: oneOf(ROLES, e[0]),
    invite: shape.bytes(e[1], 32),
    account: shape.bytes(e[2], 16),
    device: deviceKeys(e[3]),
    memberKey: shape.bytes(e[4], 0, 32),
    commitment: shape.bytes(e[5], 0, 32),
    inviteSignature: shape.bytes(e[6], 64),
  }),
  rotate: (e) => ({
    kind: "rotate",
    space: oneOf(SPACES, e[0]),
    account: shape.bytes(e[1], 0, 16),
    epoch: shape.int(e[2]),
    commitment: shape.bytes(e[3], 32),
    sealedPrevious: shape.bytes(e[4], 48),
    inbox: shape.bytes(e[5], 0, 32),
  }),
  policy: (e) => ({ kind: "policy", policy: policy(e[0]) }),
  close_invite: (e) => ({ kind: "close_invite", invite: shape.bytes(e[0], 32) }),
  announce: (e) => ({ kind: "announce", rules: shape.int(e[0], 1) }),
  revoke: (e) => ({
    kind: "revoke",
    device: shape.bytes(e[0], 32),
    since: shape.int(e[1]),
    last: lastEntries(e[2]),
    epoch: shape.int(e[3]),
    commitment: shape.bytes(e[4], 32),
    sealedPrevious: shape.bytes(e[5], 48),
    memberKey: shape.bytes(e[6], 32),
  }),
  remove: (e) => ({ kind: "remove", account: shape.bytes(e[0], 16), last: lastEntries(e[1]) }),
  rules: (e) => ({ kind: "rules", version: shape.int(e[0], 1) }),
  server: (e) => ({
    kind: "server",
    serverKey: shape.bytes(e[0], 32),
    address: shape.text(e[1], 1, 200),
    oneOrganisation: shape.bool(e[2]),
  }),
  restored: () => ({ kind: "restored" }),
  task: (e) => ({ kind: "task", task: decodeTask(e[0]) }),
  aggregator: (e) => ({ kind: "aggregator", on: shape.bool(e[0]) }),
  offer: (e) => ({
    kind: "offer",
    task: shape.bytes(e[0], 32),
    period: shape.int(e[1]),
    hpkeHash: shape.bytes(e[2], 32),
  }),
  open: (e) => {
    const offers = shape.array(e[2]).map((one) => shape.bytes(one, 32));
    demand(offers.length === 1 || offers.length === 2, "entry-malformed");
    return { kind: "open", task: shape.bytes(e[0], 32), period: shape.int(e[1]), offers, commitment: shape.bytes(e[3], 32) };
  },
  close_period: (e) => ({ kind: "close_period", opening: shape.bytes(e[0], 32), accepted: shape.bytes(e[1], 32) }),
};

const LENGTHS: { [K in Kind]: number } = {
  ...{ found: 10, invite: 8, join: 7, rotate: 6, policy: 1, close_invite: 1, announce: 1, revoke: 7, remove: 2 },
  ...{ rules: 1, server: 3, restored: 0, task: 1, aggregator: 1, offer: 3, open: 4, close_period: 2 },
};

const isKind = (kind: string): kind is Kind => Object.hasOwn(READERS, kind);

/** Throws `entry-malformed`. */
export function decodeStatement(kind: string, body: Bytes): Statement {
  if (!isKind(kind)) throw new Refused("entry-malformed");
  const elements = shape.array(shape.decoded(body), LENGTHS[kind] + 2);
  const day = shape.int(elements[0]);
  const cosignature = cosignatureOf(elements[elements.length - 1]);
  return { ...READERS[kind](elements.slice(1, -1)), day, cosignature, elements } as Statement;
}

export function cosignatureOf(value: Value | undefined): Cosignature | null {
  const elements = shape.array(value);
  if (elements.length === 0) return null;
  const [code, signature] = shape.array(elements, 2);
  return { code: shape.bytes(code, 32), signature: shape.bytes(signature, 64) };
}

/** What a recovery code signs beside the author of a statement, or of an erasure in a space. */
export function cosignMessage(log: Bytes, kind: string, seen: Cursor, elements: readonly Value[]): Bytes {
  return concat(log, encode([kind, cursorValue(seen), elements.slice(0, -1)]));
}

/** What the key of an invite signs when it is made. */
export function counterMessage(programme: Bytes, invite: Invite, seen: Cursor): Bytes {
  const { account, role, uses, lastDay, signing, hpkeHash, serverKey } = invite;
  return encode([programme, account, role, "invite", uses, lastDay, signing, hpkeHash, cursorValue(seen), serverKey]);
}

/** What the key of an invite signs when it is used. */
export function joinMessage(programme: Bytes, join: Join, seen: Cursor): Bytes {
  const { invite, account, device, memberKey, commitment } = join;
  return encode([programme, invite, account, [device.signing, device.hpkeHash], memberKey, commitment, cursorValue(seen)]);
}

/** The body of a statement without a co-signature; `elements` are those between day and co-signature. */
export function statementBody(day: number, elements: Value[], cosignature: Cosignature | null = null): Bytes {
  return encode([day, ...elements, cosignature ? [cosignature.code, cosignature.signature] : []]);
}

function oneOf<T extends string>(names: readonly T[], value: Value | undefined): T {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new Refused("entry-malformed");
  return found;
}

function deviceKeys(value: Value | undefined): DeviceKeys {
  const [signing, hpkeHash] = shape.array(value, 2);
  return { signing: shape.bytes(signing, 32), hpkeHash: shape.bytes(hpkeHash, 32) };
}

function commitments(value: Value | undefined): Found["commitments"] {
  const [personal, commons, leads] = shape.array(value, 3).map((one) => shape.bytes(one, 32));
  return { personal: personal!, commons: commons!, leads: leads! };
}

function policy(value: Value | undefined): Policy {
  const [suite, contacts, checkIns] = shape.array(value, 3).map((one) => shape.int(one));
  return [suite!, contacts!, checkIns!];
}

function lastEntries(value: Value | undefined): LastEntry[] {
  const entries = shape.array(value).map((one) => {
    const [device, log, leaf] = shape.array(one, 3);
    return { device: shape.bytes(device, 32), log: shape.bytes(log, 32), leaf: shape.bytes(leaf, 32) };
  });
  const key = (one: LastEntry): Bytes => concat(one.device, one.log);
  const ascending = entries.every((one, i) => i === 0 || compare(key(entries[i - 1]!), key(one)) < 0);
  demand(entries.length <= MOST_LAST && ascending, "entry-malformed");
  return entries;
}

/** A task as its statement has it. */
export function decodeTask(value: Value | undefined): Task {
  const [source, axes, unit, bound, epsilon, k, periodKind, shares] = shape.array(value, 8);
  const read = shape.array(axes).map((axis) => {
    const [name, codes] = shape.array(axis, 2);
    const texts = shape.array(codes).map((code) => shape.text(code, 1, 64));
    demand(texts.length >= 1 && texts.length <= 64, "entry-malformed");
    return { name: shape.text(name, 1, 64), codes: texts };
  });
  demand(read.length === 1 || read.length === 2, "entry-malformed");
  return {
    source: shape.text(source, 1, 64),
    axes: read,
    unit: oneOf(UNITS, unit),
    bound: shape.int(bound),
    epsilon: shape.int(epsilon),
    k: shape.int(k),
    periodKind: oneOf(PERIODS, periodKind),
    shares: shape.int(shares),
  };
}
