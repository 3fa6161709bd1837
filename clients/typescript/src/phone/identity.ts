/** The keys of a device and of its account (docs/protocol/2-keys.md, *Who holds which key*). */
import type { Bytes } from "../core/bytes.js";
import { hpkeKey, hpkeKeyHash } from "../core/hpke.js";
import { deviceId } from "../core/ids.js";
import { signingKey } from "../core/signing.js";

export type Secrets = { readonly account: Bytes; readonly signingSeed: Bytes; readonly hpkeSeed: Bytes };

export class Identity {
  readonly signing: Bytes;
  readonly hpke: Bytes;
  readonly hpkeHash: Bytes;
  readonly id: Bytes;

  constructor(readonly secrets: Secrets) {
    this.signing = signingKey(secrets.signingSeed);
    this.hpke = hpkeKey(secrets.hpkeSeed);
    this.hpkeHash = hpkeKeyHash(this.hpke);
    this.id = deviceId(this.signing, this.hpkeHash);
  }

  get account(): Bytes {
    return this.secrets.account;
  }
}

/** `size` bytes from the platform's generator. */
export function random(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}
