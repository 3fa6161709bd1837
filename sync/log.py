"""The signed, hash-chained log (docs/protocol/3-log.md): header, entry, chain.

Pure values. A `Chain` is what a reader has verified of one log; `check` judges the next entry against it and
`extend` yields the chain with that entry. Who may write is judged elsewhere (`roster`, `space`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from immutables import Map

from crypto.public.encoding import encode
from crypto.public.ids import body_hash, genesis, leaf, next_head
from crypto.public.signing import SigningKey
from sync.errors import Refused
from sync.shape import array, decode_array, integer, octets, text

SUITE = 1
ZERO = bytes(32)

Heads = Callable[[int], bytes | None]
"""Head of the log at a position that the reader has verified, or None."""

CURSOR = array(integer(), octets(32))
HEADER = array(
    integer(1),
    octets(32),
    octets(32),
    integer(1),
    text(),
    integer(),
    octets(32),
    CURSOR,
    CURSOR,
    octets(32),
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """State of a log: the highest position and the running hash there."""

    position: int
    head: bytes

    def as_array(self) -> list[Any]:
        return [self.position, self.head]


@dataclass(frozen=True, slots=True)
class Header:
    """The ten signed fields of an entry, in the order of the encoding."""

    suite: int
    log: bytes
    device: bytes
    sequence: int
    kind: str
    epoch: int
    body_hash: bytes
    seen: Cursor
    roster: Cursor
    prev: bytes

    def _fields(self) -> list[Any]:
        return [
            self.suite,
            self.log,
            self.device,
            self.sequence,
            self.kind,
            self.epoch,
            self.body_hash,
            self.seen.as_array(),
            self.roster.as_array(),
            self.prev,
        ]

    def encode(self) -> bytes:
        return encode(self._fields())

    def sealing_fields(self) -> bytes:
        """Everything but the body hash: what a sealed body is bound to (docs/protocol/5-sealed.md)."""
        fields = self._fields()
        del fields[6]
        return encode(fields)

    @staticmethod
    def decode(raw: bytes) -> "Header":
        """Raises Refused `entry-malformed`, `suite-unknown`."""
        value = decode_array(raw, HEADER, "header")
        if value[0] != SUITE:
            raise Refused("suite-unknown", f"suite {value[0]} is not known; this is suite {SUITE}")
        value[7], value[8] = Cursor(*value[7]), Cursor(*value[8])
        return Header(*value)


@dataclass(frozen=True)
class Entry:
    """`header | body | signature` as received; `body` is None where an erasure removed it."""

    raw_header: bytes
    signature: bytes
    body: bytes | None

    @cached_property
    def header(self) -> Header:
        """Raises Refused `entry-malformed`, `suite-unknown`."""
        return Header.decode(self.raw_header)

    @cached_property
    def leaf(self) -> bytes:
        return leaf(self.raw_header, self.signature)

    @staticmethod
    def sign(header: Header, body: bytes, key: SigningKey) -> "Entry":
        raw = header.encode()
        return Entry(raw, key.sign("entry", raw), body)

    def check_body(self) -> bytes:
        """The body, matched against the header; raises Refused `body-mismatch`."""
        if self.body is None or body_hash(self.body) != self.header.body_hash:
            raise Refused("body-mismatch", "the body is not the one whose hash the header carries")
        return self.body


@dataclass(frozen=True, slots=True)
class Author:
    """What a log holds of one device: its last number, leaf, and `seen` position."""

    sequence: int = 0
    leaf: bytes = ZERO
    seen: int = 0


NOBODY = Author()


@dataclass(frozen=True, slots=True)
class Chain:
    """A verified log up to `position`, read from `since` on; what lies below that, this reader has not seen."""

    log: bytes
    position: int
    head: bytes
    authors: Map[bytes, Author] = field(default_factory=Map)
    since: int = 0

    @staticmethod
    def start(programme: bytes, log: bytes) -> "Chain":
        return Chain(log, 0, genesis(programme, log))

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.position, self.head)

    def author(self, device: bytes) -> Author:
        return self.authors.get(device, NOBODY)

    def check(self, header: Header, heads: Heads) -> None:
        """Items 1 (log), 5 and 6 of the reader's checks.

        Raises Refused `entry-malformed`, `sequence-used`, `prev-mismatch`, `witness-unknown`.
        """
        if header.log != self.log:
            raise Refused("entry-malformed", "the header names another log")
        last = self.author(header.device)
        if header.sequence <= last.sequence:
            raise Refused("sequence-used", f"the author's last number here is {last.sequence}")
        # Of a log that was not read from its genesis, an author's last entry may lie below.
        if header.prev != last.leaf and (header.device in self.authors or not self.since):
            raise Refused("prev-mismatch", "`prev` is not the leaf of the author's last accepted entry")
        if not last.seen <= header.seen.position <= self.position:
            raise Refused("witness-unknown", "`seen` lies outside this log, or before what its author saw earlier")
        if header.seen.position >= self.since:
            check_witness(header.seen, self.cursor, heads, "seen")

    def extend(self, entry: Entry) -> "Chain":
        header = entry.header
        author = Author(header.sequence, entry.leaf, header.seen.position)
        return replace(
            self,
            position=self.position + 1,
            head=next_head(self.head, entry.leaf),
            authors=self.authors.set(header.device, author),
        )


def check_witness(witness: Cursor, newest: Cursor, heads: Heads, name: str) -> None:
    """A witness must be a state this log has had; raises Refused `witness-unknown`."""
    known = newest.head if witness.position == newest.position else heads(witness.position)
    if known != witness.head:
        raise Refused("witness-unknown", f"`{name}` at position {witness.position} is not a state of the log")
