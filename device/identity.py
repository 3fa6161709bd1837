"""Who this phone is: its keys, its account, and how far it has come in."""

from dataclasses import dataclass, replace
from typing import Any

from crypto.public.encoding import decode, encode
from crypto.public.ids import device_id
from crypto.public.opaque import Opaque
from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey


@dataclass(frozen=True, repr=False)
class Identity(Opaque):
    """`stage`: `invited` (holds a secret, signed nothing yet), `sent` (`found` or `join` is in the outbox), `active`.

    `way`: found, member, lead, link or recovery; `secret`: the token, ticket or code it comes in by.

    `address`, `server_key`: of the ticket; once it has arrived, where and by whom the last believed answer was signed.
    """

    stage: str
    way: str
    address: str
    server_key: bytes
    secret: bytes
    signing: SigningKey
    hpke: HpkeKey
    name: str = ""
    programme: bytes = b""
    account: bytes = b""

    @property
    def device(self) -> bytes:
        return device_id(self.signing.public, self.hpke.hash)

    @property
    def place(self) -> tuple[str, bytes]:
        """The server as this phone last met it."""
        return self.address, self.server_key

    def active(self) -> "Identity":
        """The same, arrived. The secret stays, for a server that loses the `join`; only the operator's does not."""
        return replace(self, stage="active", secret=b"" if self.way == "found" else self.secret)


def store_identity(connection: Any, identity: Identity) -> None:
    blob = encode(
        {
            "stage": identity.stage,
            "way": identity.way,
            "address": identity.address,
            "server_key": identity.server_key,
            "secret": identity.secret,
            "signing": identity.signing.seed,
            "hpke": identity.hpke.seed,
            "name": identity.name,
            "programme": identity.programme,
            "account": identity.account,
        }
    )
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('identity', ?)", (blob,))


def load_identity(connection: Any) -> Identity | None:
    """The phone's identity, or None before it was invited anywhere."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
    if row is None:
        return None
    fields: Any = decode(row[0])
    fields["signing"] = SigningKey.from_seed(fields["signing"])
    fields["hpke"] = HpkeKey.from_seed(fields["hpke"])
    return Identity(**fields)
