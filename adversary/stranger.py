"""Somebody with keys of their own and nobody's consent: what a server can make without any member's key."""

import os
from dataclasses import replace

from adversary.story import Story
from crypto.public.ids import device_id, programme_id
from crypto.public.signing import SigningKey
from crypto.secret.epoch import commitment
from crypto.secret.hpke import HpkeKey
from sync.device.author import Place, state_entry
from sync.log import ZERO, Author, Chain, Cursor, Entry
from sync.statement import Statement
from sync.statements import DeviceKeys, Found, Join, Policy


class Stranger:
    """A device that no member enrolled."""

    def __init__(self) -> None:
        self.signing = SigningKey.generate(os.urandom)
        self.hpke = HpkeKey.generate(os.urandom)
        self.keys = DeviceKeys(self.signing.public, self.hpke.hash)
        self.id = device_id(self.signing.public, self.hpke.hash)

    def join(self, roster: Story, day: int, role: str, invite: bytes, account: bytes) -> Entry:
        """A `join` to somebody's account, by an invite whose secret the stranger lacks: with a signature of its own."""
        statement = Join(day, role, invite, account, self.keys, b"", b"", b"")
        signature = self.signing.sign("join", statement.join_message(roster.programme, roster.end))
        return self.state(roster, replace(statement, invite_signature=signature), self.id, Author())

    def state(self, roster: Story, statement: Statement, device: bytes, last: Author) -> Entry:
        """A statement in the name of a device, as its next one, signed with the stranger's key."""
        place = Place(roster.log, device, last.sequence + 1, last.leaf, roster.end, roster.end)
        return state_entry(place, statement, self.signing)

    def mimic(self, last: Entry, end: Cursor) -> Entry:
        """The next entry of the author of `last`, with its body, signed with the stranger's key."""
        header = replace(last.header, sequence=last.header.sequence + 1, seen=end, prev=last.leaf)
        return Entry.sign(header, last.body or b"", self.signing)

    def found(self, day: int, address: str, server_key: bytes) -> Story:
        """The roster of a programme of the stranger's own, at this server."""
        member, epoch_key = HpkeKey.generate(os.urandom), commitment(1, os.urandom(32))
        statement = Found(
            day, 1, os.urandom(32), address, server_key, os.urandom(16), self.keys, member.hash,
            (epoch_key, epoch_key, epoch_key), member.hash, Policy(),
        )  # fmt: skip
        programme = programme_id(statement.encode())
        start = Chain.start(programme, programme).cursor
        first = state_entry(Place(programme, self.id, 1, ZERO, start, start), statement, self.signing)
        return Story(programme, programme, [first])
