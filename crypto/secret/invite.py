"""The two keys that derive from the secret of an invite or recovery code (docs/protocol/2-keys.md)."""

from typing import Self

from crypto.public.hashing import hkdf
from crypto.public.ids import invite_id
from crypto.public.opaque import Opaque
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey

INVITE_SECRET_SIZE = 16


class InviteKeys(Opaque):
    """The keys of an invite. `id`: 32 bytes, the invite id."""

    __slots__ = ("hpke", "id", "signing")

    signing: SigningKey
    hpke: HpkeKey
    id: bytes

    @classmethod
    def from_secret(cls, secret: bytes) -> Self:
        """The keys of a 16-byte secret. Raises ValueError for another length."""
        if len(secret) != INVITE_SECRET_SIZE:
            raise ValueError("an invite's secret has 16 bytes")
        self = cls()
        self.signing = SigningKey.from_seed(hkdf(secret, "invite-sign", length=32))
        self.hpke = HpkeKey.from_seed(hkdf(secret, "invite-hpke", length=32))
        self.id = invite_id(self.signing.public, self.hpke.hash)
        return self
