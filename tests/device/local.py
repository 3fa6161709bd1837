"""Phones without a server: real vaults, and a space as the list of contents that its entries hold."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from crypto.public.signing import SigningKey
from crypto.secret.hpke import HpkeKey
from device import landing, outbox, vault
from device.identity import Identity, store_identity
from device.keystore import Keystore
from device.records import Records
from device.vault import Vault
from sync.device.changes import Content, check_place, decode_content, encode_content

PROGRAMME, ACCOUNT = b"P" * 32, b"a" * 16
TODAY = date(2026, 11, 20)


@contextmanager
def opened_vault(folder: Path) -> Iterator[Vault]:
    """A new vault under a random key, which spares the test Argon2id."""
    keystore = Keystore.create(folder / "keystore", os.urandom)
    directory, key = folder / "vault", os.urandom(32)
    directory.mkdir()
    vault._build(directory / vault.DATABASE, key, keystore.mark)
    with Vault(directory, keystore, vault._connect(directory / vault.DATABASE, key)) as made:
        yield made


@dataclass
class Space:
    """Entries in the order of their positions: device, sequence, seen, plaintext."""

    log: bytes
    name: str = "personal"
    entries: list[tuple[bytes, int, int, bytes]] = field(default_factory=list)


@dataclass
class Local:
    """One phone's local half."""

    vault: Vault
    device: bytes
    records: Records
    sealed: list[tuple[int, int, bytes]] = field(default_factory=list)

    def follow(self, space: Space) -> None:
        with self.vault.write() as connection:
            connection.execute("INSERT INTO logs (log, name) VALUES (?, ?)", (space.log, space.name))

    def position(self, space: Space) -> int:
        return int(self.one("SELECT position FROM logs WHERE log = ?", space.log))

    def one(self, sql: str, *arguments: object) -> Any:
        row = self.vault.read().execute(sql, arguments).fetchone()
        return None if row is None else row[0]

    def states(self, space: Space) -> dict[bytes, bytes]:
        rows = self.vault.read().execute("SELECT record, state FROM records WHERE log = ?", (space.log,))
        return dict(rows.fetchall())

    def flush(self, space: Space) -> list[tuple[int, int, bytes]]:
        """Sequence, seen and plaintext of each entry made, as the engine would seal them."""
        made: list[tuple[int, int, bytes]] = []
        with self.vault.write() as connection:
            while groups := landing.take_pending(connection, space.log, outbox.next_stamp(connection, space.log)):
                sequence = len(self.sealed) + len(made) + 1
                made.append((sequence, self.position(space), encode_content(Content(0, tuple(groups)))))
                landing.mark_flushed(connection, space.log, sequence, groups[0].stamp)
        self.sealed += made
        return made

    def push(self, space: Space) -> None:
        """Flush, and let the server take everything."""
        space.entries += [(self.device, *entry) for entry in self.flush(space)]

    def pull(self, space: Space) -> None:
        with self.vault.write() as connection:
            for position in range(self.position(space) + 1, len(space.entries) + 1):
                device, sequence, seen, plaintext = space.entries[position - 1]
                content = decode_content(plaintext)
                check_place(content, position, seen)
                landing.land(connection, space.log, position, device, seen, content)
                outbox.advance_stamp(connection, space.log, max((group.stamp for group in content.groups), default=0))
                if device == self.device:
                    landing.landed(connection, space.log, sequence)
                connection.execute("UPDATE logs SET position = ? WHERE log = ?", (position, space.log))


@contextmanager
def local_phone(folder: Path, *, lead: bool = False) -> Iterator[Local]:
    """A phone of the one account, that has never synced; a lead's follows `leads`."""
    folder.mkdir(exist_ok=True)
    with opened_vault(folder) as made:
        signing, hpke = SigningKey.from_seed(os.urandom(32)), HpkeKey.from_seed(os.urandom(32))
        identity = Identity(
            "active", "member", "http://hall.test", bytes(32), b"", signing, hpke, "", PROGRAMME, ACCOUNT
        )
        with made.write() as connection:
            store_identity(connection, identity)
        phone = Local(made, identity.device, Records(made, lambda: TODAY, os.urandom))
        for name, log in phone.records.view.logs.items():
            if name != "leads" or lead:
                phone.follow(Space(log, name))
        yield phone
