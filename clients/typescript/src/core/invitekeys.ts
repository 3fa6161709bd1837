import type { Bytes } from "./bytes.js";
import { derive } from "./hashing.js";
import { hpkeKey, hpkeKeyHash } from "./hpke.js";
import { inviteId } from "./ids.js";
import { signingKey } from "./signing.js";

/** What follows from the secret of an invite, on a ticket or on paper (docs/protocol/2-keys.md). */
export class InviteKeys {
  readonly signingSeed: Bytes;
  readonly hpkeSeed: Bytes;
  readonly signing: Bytes;
  readonly hpke: Bytes;
  readonly hpkeHash: Bytes;
  readonly id: Bytes;

  constructor(readonly secret: Bytes) {
    this.signingSeed = derive(secret, "invite-sign");
    this.hpkeSeed = derive(secret, "invite-hpke");
    this.signing = signingKey(this.signingSeed);
    this.hpke = hpkeKey(this.hpkeSeed);
    this.hpkeHash = hpkeKeyHash(this.hpke);
    this.id = inviteId(this.signing, this.hpkeHash);
  }
}
