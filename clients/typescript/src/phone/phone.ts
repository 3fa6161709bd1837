/** A phone: it holds keys, verified logs and what it has not sent, and syncs (docs/protocol/6-sync.md, 7-ceremonies.md). */
import { sealBody } from "../core/body.js";
import { type Bytes, compareTexts, equal, hex } from "../core/bytes.js";
import type { Chain } from "../core/chain.js";
import { type Change, encodeContent, type Group } from "../core/content.js";
import type { Fields } from "../core/encoding.js";
import { type Entry, sealingFields } from "../core/entry.js";
import { hpkeKey, hpkeKeyHash } from "../core/hpke.js";
import { RecordState } from "../core/merge.js";
import { Refused } from "../core/refused.js";
import { emptySlip } from "../core/slip.js";
import type { RosterState, Space } from "../roster/state.js";
import { believe, type Believed, NO_ROWS, requestJson, type Rows } from "./exchange.js";
import { Identity, random, type Secrets } from "./identity.js";
import { Keyring, type Reader } from "./keyring.js";
import { SpaceLog } from "./spacelog.js";
import { Wire } from "./wire.js";
import { makeEntry, type Place } from "./writing.js";

const MOST_ROUNDS = 100;
export const ACCOUNT_KEYS = "account_keys";

/** A change that no entry carries yet; `seen` is what was verified when it was written. */
export type Pending = { readonly change: Change; readonly seen: number };
export type Sealed = { readonly entry: Entry; readonly groups: readonly Group[] };
export type Shown = { readonly id: string; readonly type: string; readonly version: number; readonly fields: Fields };

export class Phone {
  readonly identity: Identity;
  readonly keys = new Keyring();
  readonly statements: Entry[] = [];
  readonly spaces = new Map<string, SpaceLog>();
  pending = new Map<string, Pending>();
  /** Of the personal space: signed, and not yet seen at a position. */
  outbox: Sealed[] = [];
  /** The highest number ever signed in a log: never signed again. */
  readonly numbers = new Map<string, number>();
  /** The day of the newest answer. */
  day = 0;
  private inbox: Bytes | undefined;

  /** `keep` stores the phone durably: it is called before the first byte of an entry leaves, and after each answer. */
  constructor(
    private readonly wire: Wire,
    secrets: Secrets,
    public roster: RosterState,
    /** The one under which the last answer was believed. */
    public serverKey: Bytes,
    private readonly keep: (phone: Phone) => void = () => undefined,
  ) {
    this.identity = new Identity(secrets);
    this.numbers.set(hex(roster.programme), 1);
  }

  get origin(): string {
    return this.wire.origin;
  }

  get personal(): Space {
    return this.roster.space("personal", this.identity.account)!;
  }

  openSession(): Promise<Bytes> {
    return this.wire.open({ id: this.identity.id, seed: this.identity.secrets.signingSeed });
  }

  /** Writes fields of a record, on this phone alone; the next sync sends them. Its id, in hexadecimal. */
  write(type: string, fields: Fields, record: Bytes = random(16), version = 1): string {
    this.note({ record, type, version, deleted: false, fields, removed: [] });
    return hex(record);
  }

  /** For ever. */
  delete(type: string, record: Bytes): void {
    this.note({ record, type, version: 1, deleted: true, fields: new Map(), removed: [] });
  }

  /** What was written before of the same record, and is not sent, goes in the same change. */
  private note(change: Change): void {
    const id = hex(change.record);
    const before = this.pending.get(id);
    const seen = before?.seen ?? this.log(this.personal).seenOf(id, this.keys, this.roster);
    this.pending.set(id, { change: before ? combined(before.change, change) : change, seen });
    this.keep(this);
  }

  /** The records of this account and of the programme, what is not sent yet among them. */
  records(): Shown[] {
    const shown: Shown[] = [];
    for (const log of this.spaces.values()) {
      const records = log.records(this.roster);
      if (log.space.account !== null) this.addUnsent(records);
      for (const [id, record] of records)
        if (!record.deleted) shown.push({ id, type: record.type, version: record.version, fields: record.values() });
    }
    return shown;
  }

  /** Unsent changes as if they stood above everything: it is what their author sees. */
  private addUnsent(records: Map<string, RecordState>): void {
    const above = { device: this.identity.id, position: Number.MAX_SAFE_INTEGER, stamp: Number.MAX_SAFE_INTEGER };
    const sealed = this.outbox.flatMap(({ groups }) => groups.flatMap(({ changes, seen }) => changes.map((change) => ({ change, seen }))));
    const unsent = [...sealed, ...this.pending.values()];
    unsent.forEach(({ change, seen }, i) => {
      const record = records.get(hex(change.record)) ?? new RecordState();
      record.add(change, { ...above, position: above.position - unsent.length + i, seen });
      records.set(hex(change.record), record);
    });
  }

  get unsent(): number {
    return this.pending.size + this.outbox.length;
  }

  /** Pulls everything, then sends what there is to say, until nothing is left. Throws `Refused`, and loses nothing. */
  async sync(): Promise<void> {
    await this.openSession();
    await this.pull();
    this.seal();
    for (let round = 0; this.outbox.length > 0; round++) {
      try {
        await this.pull(this.outbox.map((one) => one.entry));
      } catch (error) {
        const stale = error instanceof Refused && (error.problem === "epoch-stale" || error.problem === "seen-stale");
        if (!stale || round >= MOST_ROUNDS) throw error;
        await this.pull();
        this.sealAgain();
      }
    }
  }

  /** One exchange after the other, until the server has no more. */
  async pull(personal: readonly Entry[] = []): Promise<void> {
    for (let round = 0, more = true; more; round++) {
      if (round >= MOST_ROUNDS) throw new Refused("answer-malformed");
      const pushed = round === 0 ? personal : [];
      const { more: cut, spaces } = await this.exchange([], pushed, NO_ROWS);
      // The roster may have shown spaces that were not asked for.
      more = cut || spaces.length < this.readable().length;
      await this.fetchKeys();
    }
  }

  /** Pushes statements with their rows; what was refused changed nothing. */
  async exchange(statements: readonly Entry[], personal: readonly Entry[], rows: Rows): Promise<Believed> {
    const spaces = this.readable().map((space) => {
      const own = space.account !== null;
      // Own entries come back by number, also those of which the acknowledgement was lost.
      return { log: this.log(space), pushed: own ? personal : [], known: own ? this.outbox.map((one) => one.entry) : [] };
    });
    const slip = personal.length > 0 ? await this.slip() : undefined;
    const beside = slip ? { ...rows, slip } : rows;
    const asked = { challenge: random(32), roster: { state: this.roster, pushed: statements }, spaces, rows: beside };
    this.keep(this);
    const answer = await this.wire.call("POST", "/v1/sync", requestJson(asked));
    const known = { ...asked, spaces: spaces.map(({ log, known: pushed }) => ({ log, pushed })) };
    const believed = believe(known, answer, this.serverKey);
    const own = believed.statements.filter((entry) => equal(entry.header.device, this.identity.id));
    const signed = this.numbers.get(hex(this.roster.programme))!;
    // A number that this phone never signed was signed by a copy of it.
    if (own.some((entry) => entry.header.sequence > signed)) throw new Refused("device-cloned");
    this.roster = believed.roster;
    this.serverKey = believed.serverKey;
    this.day = believed.day;
    this.statements.push(...believed.statements);
    for (const log of believed.spaces) {
      this.spaces.set(hex(log.space.log), log);
      log.read(this.keys);
    }
    const landed = new Set(this.log(this.personal).entries.map((entry) => hex(entry.leaf)));
    this.outbox = this.outbox.filter((one) => !landed.has(hex(one.entry.leaf)));
    this.keep(this);
    return believed;
  }

  /** Goes with every entry of the personal space, so that those of phones that tell something are not the only ones. */
  private async slip(): Promise<Bytes | undefined> {
    const { inbox: hash } = this.roster.space("leads")!.epochs.at(-1)!;
    if (this.inbox === undefined || !equal(hpkeKeyHash(this.inbox), hash!)) [this.inbox] = await this.wire.keys([hash!]);
    // A server that withholds the inbox goes without slips, whatever there is to tell.
    return this.inbox && equal(hpkeKeyHash(this.inbox), hash!) ? emptySlip(this.inbox, this.roster.programme) : undefined;
  }

  private readable(): Space[] {
    const account = this.roster.account(this.identity.account);
    if (account === undefined) return [];
    const shared = account.role === "lead" ? (["commons", "leads"] as const) : (["commons"] as const);
    return [this.personal, ...shared.map((name) => this.roster.space(name)!)];
  }

  log(space: Space): SpaceLog {
    return this.spaces.get(hex(space.log)) ?? SpaceLog.start(this.roster.programme, space);
  }

  /** Fetches wraps while the newest key of a space is not here. */
  private async fetchKeys(): Promise<void> {
    if (this.readable().every((space) => this.keys.newest(space) !== undefined)) return;
    const wraps = await this.wire.wraps();
    this.keys.takeWraps(this.roster, this.readers(), wraps);
    this.log(this.personal).read(this.keys);
    // The member key may only have come to light with the personal key.
    this.keys.takeWraps(this.roster, this.readers(), wraps);
    for (const log of this.spaces.values()) log.read(this.keys);
  }

  /** Sentences for the person: what the server leaves out, and what cannot be read. */
  notes(): string[] {
    return [...this.spaces.values()].flatMap((log) => [
      ...log.omitted(this.day).map((position) => `${log.space.name}: the server leaves out the content of entry ${position}`),
      ...[...log.read(this.keys)].map(([position, reason]) => `${log.space.name}: entry ${position} cannot be read: ${reason}`),
    ]);
  }

  private readers(): Reader[] {
    const { id, secrets } = this.identity;
    const members = this.memberSeeds().map((seed) => ({ id: memberKeyHash(seed), seed }));
    return [{ id, seed: secrets.hpkeSeed }, ...members];
  }

  /** Every member key that the record `account_keys` ever held: an older one opens older wraps. */
  private memberSeeds(): Bytes[] {
    const log = this.log(this.personal);
    return log.everySaid(ACCOUNT_KEYS, "member_key").filter((value): value is Bytes => value instanceof Uint8Array);
  }

  /** Where the next entry of this device goes; its number is never used again, whatever becomes of the entry. */
  place(chain: Chain, behind?: Entry): Place {
    const last = chain.lastOf(this.identity.id);
    const name = hex(chain.log);
    const sequence = Math.max(this.numbers.get(name) ?? 0, last?.sequence ?? 0) + 1;
    this.numbers.set(name, sequence);
    return { log: chain.log, seen: chain.cursor, roster: this.roster.chain.cursor, sequence, prev: behind?.leaf ?? last?.leaf };
  }

  /** Pending changes under one stamp; those written at one position are a group. */
  private seal(): void {
    const stamp = this.log(this.personal).highestStamp() + 1;
    const bySeen = new Map<number, Change[]>();
    for (const { change, seen } of this.pending.values()) bySeen.set(seen, [...(bySeen.get(seen) ?? []), change]);
    const groups = [...bySeen].map(([seen, changes]) => ({ origin: null, stamp, seen, changes }));
    if (groups.length) this.sealGroups(groups);
    this.pending = new Map();
  }

  /** The same changes under new numbers, the old ones are burnt; their stamps stay. */
  private sealAgain(): void {
    const refused = this.outbox;
    this.outbox = [];
    for (const { groups } of refused) this.sealGroups(groups);
  }

  private sealGroups(groups: readonly Group[]): void {
    const log = this.log(this.personal);
    const { personal } = this;
    const key = this.keys.newest(personal);
    if (key === undefined) throw new Refused("key-withheld");
    const behind = this.outbox[this.outbox.length - 1]?.entry;
    const plaintext = encodeContent({ writtenAt: Math.floor(Date.now() / 1000), groups });
    const entry = makeEntry(this.identity, this.place(log.chain, behind), "sealed", personal.epochs.length, (fields) =>
      sealBody(key, random(32), sealingFields(fields), plaintext),
    );
    this.outbox.push({ entry, groups });
  }
}

/** Two changes of one record by one author, as one: what was said later counts. */
function combined(before: Change, after: Change): Change {
  if (before.deleted || after.deleted) return before.deleted ? before : after;
  const fields = new Map([...before.fields, ...after.fields]);
  for (const name of after.removed) fields.delete(name);
  const removed = [...new Set([...before.removed, ...after.removed])].filter((name) => !after.fields.has(name));
  return { ...after, fields, removed: removed.sort(compareTexts) };
}

export const memberKeyHash = (seed: Bytes): Bytes => hpkeKeyHash(hpkeKey(seed));
