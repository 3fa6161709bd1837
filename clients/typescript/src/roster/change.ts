import { type Bytes, equal, hex } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { demand, Refused } from "../core/refused.js";
import { verify } from "../core/signing.js";
import type { Account, Device, OpenInvite, RosterState } from "./state.js";
import { cosignMessage, type Kind, type Statement } from "./statements.js";

/** A statement on its way into a state: `next` is a copy, which is thrown away if a rule refuses. */
export class Change<K extends Kind = Kind> {
  constructor(
    readonly next: RosterState,
    readonly entry: Entry,
    readonly statement: Statement<K>,
    /** Its author; a device that the statement itself enrols, where it enrols one. */
    readonly author: Device | null,
  ) {}

  get position(): number {
    return this.next.chain.position + 1;
  }

  get seen(): number {
    return this.entry.header.seen.position;
  }

  get authorDevice(): Device {
    return this.author ?? refuse("not-authorised");
  }

  get authorAccount(): Account {
    return this.next.account(this.authorDevice.account) ?? refuse("device-not-active");
  }

  demandLead(): void {
    demand(this.authorAccount.role === "lead", "not-authorised");
  }

  /** The open code of the author's account that co-signed; undefined without a co-signature. */
  get code(): OpenInvite | undefined {
    const { cosignature } = this.statement;
    if (cosignature === null || this.author === null) return undefined;
    return this.next.openCodes(this.author.account).find((one) => equal(one.id, cosignature.code));
  }

  /** A co-signature, where there is one, verifies; who is only being enrolled has no code. Throws `cosignature-invalid`. */
  checkCosignature(): void {
    const { cosignature, kind, elements } = this.statement;
    if (cosignature === null) return;
    const code = this.code ?? refuse("cosignature-invalid");
    const message = cosignMessage(this.next.programme, kind, this.entry.header.seen, elements);
    checkSignature(code.signing, "cosign", message, cosignature.signature, "cosignature-invalid");
  }
}

/** `key-refused`, or the problem given. */
export function checkSignature(key: Bytes, context: string, message: Bytes, signature: Bytes, problem = "signature-invalid"): void {
  try {
    verify(key, context, message, signature);
  } catch (error) {
    throw new Refused(error instanceof Refused && error.problem === "refused-key" ? "key-refused" : problem);
  }
}

export function refuse(problem: string): never {
  throw new Refused(problem);
}

/** A key that was there before is never taken again. */
export function takeNew(taken: Set<string>, key: Bytes): void {
  demand(!taken.has(hex(key)), "exists");
  taken.add(hex(key));
}
