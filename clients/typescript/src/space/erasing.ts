/** Erasures and their withdrawals (docs/protocol/5-sealed.md, *Erasing*). */
import { type Bytes, compare, equal, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import type { Value } from "../core/encoding.js";
import { demand, Refused } from "../core/refused.js";
import { Shape } from "../core/shape.js";
import { checkSignature } from "../roster/change.js";
import type { Device, RosterState } from "../roster/state.js";
import { type Cosignature, cosignatureOf, cosignMessage } from "../roster/statements.js";

const shape = new Shape("entry-malformed");
const MOST_LEAVES = 1024;
const DELAY = 14;

type Common = { readonly day: number; readonly elements: readonly Value[] };
export type Erase = Common & { readonly kind: "erase"; readonly leaves: readonly Bytes[]; readonly cosignature: Cosignature | null };
export type Withdraw = Common & { readonly kind: "withdraw"; readonly leaf: Bytes };

/** Throws `entry-malformed`. */
export function decodeErasing(kind: string, body: Bytes): Erase | Withdraw {
  const elements = shape.array(shape.decoded(body), 3);
  const day = shape.int(elements[0]);
  const cosignature = cosignatureOf(elements[2]);
  if (kind === "withdraw") {
    demand(cosignature === null, "entry-malformed");
    return { kind, day, elements, leaf: shape.bytes(elements[1], 32) };
  }
  const leaves = shape.array(elements[1]).map((leaf) => shape.bytes(leaf, 32));
  const ascending = leaves.every((leaf, i) => i === 0 || compare(leaves[i - 1]!, leaf) < 0);
  demand(kind === "erase" && ascending && leaves.length >= 1 && leaves.length <= MOST_LEAVES, "entry-malformed");
  return { kind, day, elements, leaves, cosignature };
}

type Erasure = { readonly position: number; readonly erase: Erase; readonly withdrawn: boolean };

const dueOf = ({ day, cosignature }: Erase): number => day + (cosignature ? 0 : DELAY);

/** What of a space may be named by erasures, and what is. */
export class Leaves {
  constructor(
    private readonly sealed = new Map<string, number>(),
    private readonly erasures = new Map<string, Erasure>(),
  ) {}

  copy(): Leaves {
    return new Leaves(new Map(this.sealed), new Map(this.erasures));
  }

  /** An entry that was checked, at its position. */
  add(position: number, entry: Entry): void {
    const { kind } = entry.header;
    if (kind === "sealed") return void this.sealed.set(hex(entry.leaf), position);
    const stated = decodeErasing(kind, entry.checkedBody());
    if (stated.kind === "erase") this.erasures.set(hex(entry.leaf), { position, erase: stated, withdrawn: false });
    else {
      const named = this.erasures.get(hex(stated.leaf))!;
      this.erasures.set(hex(stated.leaf), { ...named, withdrawn: true });
    }
  }

  /** Throws `leaf-unknown` or `cosignature-invalid`. */
  check(state: RosterState, entry: Entry, stated: Erase | Withdraw, author: Device, isNew: boolean): void {
    const { seen, roster, log } = entry.header;
    if (stated.kind === "withdraw") {
      const named = this.erasures.get(hex(stated.leaf));
      const undoes = named !== undefined && named.position <= seen.position && !named.withdrawn && named.erase.cosignature === null;
      return demand(undoes && dueOf(named.erase) > stated.day, "leaf-unknown");
    }
    const { cosignature } = stated;
    if (cosignature !== null) {
      const code = [...state.invites.values()].find((one) => equal(one.id, cosignature.code));
      const own = code !== undefined && code.role === "recovery" && equal(code.account, author.account);
      const stood = own && code.position <= roster.position && (!isNew || state.isOpen(code));
      if (!stood) throw new Refused("cosignature-invalid");
      const message = cosignMessage(log, stated.kind, seen, stated.elements);
      checkSignature(code.signing, "cosign", message, cosignature.signature, "cosignature-invalid");
    }
    const known = (leaf: Bytes): boolean => (this.sealed.get(hex(leaf)) ?? Infinity) <= seen.position;
    demand(stated.leaves.every(known), "leaf-unknown");
  }

  /** Whether a body may be missing on a day. */
  mayBeMissing(leaf: Bytes, day: number): boolean {
    return [...this.erasures.values()].some(
      ({ erase, withdrawn }) => !withdrawn && dueOf(erase) <= day && erase.leaves.some((one) => equal(one, leaf)),
    );
  }
}
