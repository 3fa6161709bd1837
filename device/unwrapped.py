"""Readers to whom this phone could not wrap a new key: a restored server lost theirs, or withholds it."""

from collections.abc import Collection, Iterable
from typing import Any

from crypto.public.encoding import decode, encode
from schemas.records import Sentence
from sync.readers import readers
from sync.state import RosterState

_KEY = "unwrapped:"


def note(connection: Any, log: bytes, epoch: int, missed: Iterable[bytes]) -> None:
    """Keep who was missed with this epoch of a space, instead of those missed before."""
    name, found = _KEY + log.hex(), sorted(missed)
    connection.execute("DELETE FROM meta WHERE key = ?", (name,))
    if found:
        connection.execute("INSERT INTO meta(key, value) VALUES (?, ?)", (name, encode([log, epoch, found])))


def keep(connection: Any, lacking: Collection[tuple[bytes, bytes]]) -> None:
    """Of those missed only who still lacks a wrap, as (log, reader): somebody has wrapped to the others."""
    for log, epoch, missed in _missed(connection):
        note(connection, log, epoch, (one for one in missed if (log, one) in lacking))


def notes(connection: Any, roster: RosterState) -> list[str]:
    """A sentence for each space that still has such a reader under its newest key."""
    said = list[str]()
    for log, epoch, missed in _missed(connection):
        space = roster.spaces.get(log)
        if space is not None and space.epoch == epoch and (still := set(missed) & readers(roster, log).keys()):
            said.append(Sentence("note_key_unwrapped", space=space.name, number=len(still)))
    return said


def _missed(connection: Any) -> list[tuple[bytes, int, list[bytes]]]:
    rows: Any = connection.execute("SELECT value FROM meta WHERE key LIKE ?", (_KEY + "%",)).fetchall()
    found: list[Any] = [decode(value) for (value,) in rows]
    return [(log, epoch, missed) for log, epoch, missed in found]
