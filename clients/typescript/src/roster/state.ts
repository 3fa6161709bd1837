/** What the statements so far add up to (docs/protocol/4-roster.md, *State*). Ids are keys in hexadecimal. */
import { type Bytes, hex } from "../core/bytes.js";
import type { Value } from "../core/encoding.js";
import { Chain } from "../core/chain.js";
import { logId } from "../core/ids.js";
import type { Policy, Role, SpaceRole, Task } from "./statements.js";

export type AccountRole = "member" | "lead";
export type Account = {
  readonly id: Bytes;
  readonly role: AccountRole;
  readonly memberKey: Bytes;
  readonly position: number;
  readonly joined: number;
  /** Roster times of its `link` and `recovery` invites and joins. */
  readonly deviceStatements: readonly number[];
};
export type Device = {
  readonly id: Bytes;
  readonly account: Bytes;
  readonly signing: Bytes;
  readonly hpkeHash: Bytes;
  readonly position: number;
  /** Key of the invite it came by; null for the founder's. */
  readonly invite: string | null;
  readonly rules: number;
};
export type OpenInvite = {
  readonly id: Bytes;
  readonly role: Role;
  readonly account: Bytes;
  readonly signing: Bytes;
  readonly hpkeHash: Bytes;
  readonly uses: number;
  readonly lastDay: number;
  readonly position: number;
  readonly authorAccount: Bytes;
  readonly authorDevice: Bytes;
  readonly closing: number | null;
};
export type Former = {
  readonly device: Device;
  readonly position: number;
  readonly kind: "revoke" | "remove";
  readonly author: Bytes;
  readonly cosigned: boolean;
  /** Log to the leaf that is to stand last. */
  readonly last: ReadonlyMap<string, Bytes>;
};
export type Departed = { readonly account: Account; readonly position: number; readonly time: number };
export type Epoch = {
  readonly position: number;
  readonly commitment: Bytes;
  readonly sealedPrevious: Bytes | null;
  readonly inbox: Bytes | null;
};
/** `epochs[0]` is epoch 1. */
export type Space = { readonly log: Bytes; readonly name: SpaceRole; readonly account: Bytes | null; readonly epochs: readonly Epoch[] };
export type Offer = {
  readonly id: Bytes;
  readonly task: Bytes;
  readonly period: number;
  readonly device: Bytes;
  readonly account: Bytes;
  readonly hpkeHash: Bytes;
  /** The opening that names it. */
  readonly opening: Bytes | null;
};
export type Opening = {
  readonly id: Bytes;
  readonly task: Bytes;
  readonly period: number;
  readonly offers: readonly Bytes[];
  readonly commitment: Bytes;
  readonly position: number;
  /** Position at which it was opened once more. */
  readonly ended: number | null;
  /** Leaf of its `close_period`. */
  readonly closed: Bytes | null;
  readonly accepted: Bytes | null;
};

export class RosterState {
  time = 0;
  rules = 0;
  policy: Policy = [0, 0, 0];
  serverKey: Bytes = new Uint8Array(0);
  address = "";
  /** Whether the leads' own organisation runs the server. */
  oneOrganisation = false;
  restored = 0;
  /** Roster time of the first departure that the key of the space does not shut out yet. */
  due: { commons: number | null; leads: number | null } = { commons: null, leads: null };
  accounts = new Map<string, Account>();
  devices = new Map<string, Device>();
  invites = new Map<string, OpenInvite>();
  former = new Map<string, Former>();
  departed = new Map<string, Departed>();
  spaces = new Map<string, Space>();
  signingKeys = new Set<string>();
  /** Member keys and keys of offers: none is ever taken twice. */
  memberKeys = new Set<string>();
  offerKeys = new Set<string>();
  tasks = new Map<string, { readonly task: Task; readonly elements: Value }>();
  aggregators = new Set<string>();
  offers = new Map<string, Offer>();
  openings = new Map<string, Opening>();

  private constructor(
    readonly programme: Bytes,
    public chain: Chain,
  ) {}

  static start(programme: Bytes): RosterState {
    return new RosterState(programme, Chain.start(programme, programme));
  }

  copy(): RosterState {
    const copy = new RosterState(this.programme, this.chain);
    Object.assign(copy, this);
    copy.due = { ...this.due };
    for (const name of ["accounts", "devices", "invites", "former", "departed", "spaces", "tasks", "offers", "openings"] as const)
      Object.assign(copy, { [name]: new Map<string, unknown>(this[name]) });
    for (const name of ["signingKeys", "memberKeys", "offerKeys", "aggregators"] as const) copy[name] = new Set(this[name]);
    return copy;
  }

  isOpen(invite: OpenInvite): boolean {
    const usable = invite.role === "recovery" || (invite.uses > 0 && invite.lastDay >= this.time);
    return usable && (invite.closing === null || this.time < invite.closing);
  }

  openInvites(): OpenInvite[] {
    return [...this.invites.values()].filter((invite) => this.isOpen(invite));
  }

  /** The open recovery codes of an account, the oldest first. */
  openCodes(account: Bytes): OpenInvite[] {
    const id = hex(account);
    const codes = this.openInvites().filter((one) => one.role === "recovery" && hex(one.account) === id);
    return codes.sort((a, b) => a.position - b.position);
  }

  account(id: Bytes): Account | undefined {
    return this.accounts.get(hex(id));
  }

  /** An account that is or was in the programme: roles never change. */
  roleOf(account: Bytes): AccountRole | undefined {
    return (this.account(account) ?? this.departed.get(hex(account))?.account)?.role;
  }

  device(id: Bytes): Device | undefined {
    return this.devices.get(hex(id));
  }

  /** A device, active or former. */
  everDevice(id: Bytes): Device | undefined {
    return this.device(id) ?? this.former.get(hex(id))?.device;
  }

  devicesOf(account: Bytes): Device[] {
    const id = hex(account);
    return [...this.devices.values()].filter((device) => hex(device.account) === id);
  }

  space(name: SpaceRole, account?: Bytes): Space | undefined {
    return this.spaces.get(hex(logId(this.programme, name, account)));
  }

  addSpace(name: SpaceRole, account: Bytes | null, epoch: Epoch): void {
    const log = logId(this.programme, name, account ?? undefined);
    this.spaces.set(hex(log), { log, name, account, epochs: [epoch] });
  }

  addEpoch(space: Space, epoch: Epoch): void {
    this.spaces.set(hex(space.log), { ...space, epochs: [...space.epochs, epoch] });
  }

  /** Who a new key of a space is wrapped to: reader id and hash of its HPKE key. */
  readers(space: Space): { id: Bytes; hpkeHash: Bytes }[] {
    const open = this.openInvites();
    const toInvite = (one: OpenInvite) => ({ id: one.id, hpkeHash: one.hpkeHash });
    if (space.name === "personal") {
      const account = hex(space.account!);
      const invites = open.filter((one) => (one.role === "link" || one.role === "recovery") && hex(one.account) === account);
      return [...this.devicesOf(space.account!).map((one) => ({ id: one.id, hpkeHash: one.hpkeHash })), ...invites.map(toInvite)];
    }
    const leadsOnly = space.name === "leads";
    const accounts = [...this.accounts.values()].filter((one) => !leadsOnly || one.role === "lead");
    const invites = open.filter((one) => one.role === "lead" || (one.role === "member" && !leadsOnly));
    return [...accounts.map((one) => ({ id: one.memberKey, hpkeHash: one.memberKey })), ...invites.map(toInvite)];
  }
}
