"""Making entries: where the next one stands, statements and sealed flushes as signed entries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crypto.errors import BodyTooLarge
from crypto.public.ids import body_hash
from crypto.public.randomness import Randomness
from crypto.public.signing import SigningKey
from crypto.secret import body
from sync.device.changes import Content, Group, encode_content
from sync.log import SUITE, ZERO, Cursor, Entry, Header
from sync.space import SEALED
from sync.statement import Statement
from sync.witness import Witness

LARGEST = body.capacity(body.RUNGS[-1])


@dataclass(frozen=True, slots=True)
class Place:
    """The next place of an author in a log: its number, its previous leaf, and what it has verified."""

    log: bytes
    device: bytes
    sequence: int
    prev: bytes
    seen: Cursor
    roster: Cursor

    def after(self, entry: Entry) -> "Place":
        """The place behind `entry`, before anything more was pulled."""
        return replace(self, sequence=self.sequence + 1, prev=entry.leaf)

    def header(self, kind: str, epoch: int) -> Header:
        return Header(SUITE, self.log, self.device, self.sequence, kind, epoch, ZERO, self.seen, self.roster, self.prev)


def state_entry(place: Place, statement: Statement | Witness, key: SigningKey) -> Entry:
    """A roster statement, or a witness, as a signed entry."""
    raw = statement.encode()
    header = replace(place.header(statement.kind, 0), body_hash=body_hash(raw))
    return Entry.sign(header, raw, key)


def seal_entry(
    place: Place, epoch: int, epoch_key: bytes, plaintext: bytes, key: SigningKey, randomness: Randomness
) -> Entry:
    """A flush as a sealed, signed entry; raises BodyTooLarge above the highest rung."""
    header = place.header(SEALED, epoch)
    sealed = body.seal(epoch_key, randomness(body.SALT_SIZE), header.sealing_fields(), plaintext)
    return Entry.sign(replace(header, body_hash=body_hash(sealed)), sealed, key)


def open_entry(entry: Entry, epoch_key: bytes) -> bytes:
    """The plaintext of a sealed entry; raises OpenFailed."""
    return body.open(epoch_key, entry.header.sealing_fields(), entry.check_body())


def plaintexts(written_at: int, groups: Sequence[Group]) -> list[bytes]:
    """The content of a flush as one plaintext, or as several where one would not fit the highest rung.

    Raises BodyTooLarge for a single change that does not fit.
    """
    whole = encode_content(Content(written_at, tuple(groups)))
    if len(whole) <= LARGEST:
        return [whole]
    return [part for half in halves(groups) for part in plaintexts(written_at, half)]


def halves(groups: Sequence[Group]) -> tuple[Sequence[Group], Sequence[Group]]:
    if len(groups) > 1:
        middle = len(groups) // 2
        return groups[:middle], groups[middle:]
    group = groups[0]
    if len(group.changes) < 2:
        raise BodyTooLarge("one record is larger than the highest rung")
    middle = len(group.changes) // 2
    return [group._replace(changes=group.changes[:middle])], [group._replace(changes=group.changes[middle:])]
