"""What the server tells about one log: any entries in any order, with the heads that follow from them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from adversary.answers import Json, cursor
from crypto.public.base64url import b64
from crypto.public.ids import genesis, next_head
from sync.errors import Refused
from sync.log import Cursor, Entry, Header


@dataclass(frozen=True)
class Story:
    """`entries` from position 1; `base`: how many of the true ones they stand for."""

    programme: bytes
    log: bytes
    entries: Sequence[Entry]
    base: int = 0

    @cached_property
    def heads(self) -> list[bytes]:
        heads = [genesis(self.programme, self.log)]
        for entry in self.entries:
            heads.append(next_head(heads[-1], entry.leaf))
        return heads

    @property
    def end(self) -> Cursor:
        return Cursor(len(self.entries), self.heads[-1])

    def but(self, entries: Sequence[Entry]) -> "Story":
        """Another story in the place of this one."""
        return replace(self, entries=entries)

    def followed_by(self, true: Sequence[Entry]) -> "Story":
        """With those of the `true` entries that are newer than the story."""
        return self.but([*self.entries, *true[self.base :]])

    def part(self, asked: Json, reader: bytes) -> Json:
        """Its part of a sync answer to the device `reader`, whose part of the request is `asked`."""
        at = cursor(asked["cursor"])
        known = at.position <= len(self.entries) and self.heads[at.position] == at.head
        above = enumerate(self.entries[at.position :], start=at.position + 1) if known else ()
        short = reader if not asked.get("own") else b""
        return {
            "log": asked["log"],
            "known": known,
            "head": {"position": self.end.position, "head": b64(self.end.head)},
            "accepted": [],
            "entries": [told(position, entry, short) for position, entry in above],
            "more": False,
        }


def told(position: int, entry: Entry, short: bytes) -> Json:
    """An entry as it stands in an answer; one of the device `short` by its number alone."""
    with suppress(Refused):
        header = Header.decode(entry.raw_header)
        if header.device == short:
            return {"position": position, "sequence": header.sequence}
    return {
        "position": position,
        "header": b64(entry.raw_header),
        "body": None if entry.body is None else b64(entry.body),
        "signature": b64(entry.signature),
    }


def without_body(entry: Entry) -> Entry:
    return replace(entry, body=None)
