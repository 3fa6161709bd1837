"""Signed entries on their way: stored before their first byte leaves, kept until they came back at a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crypto.public.encoding import decode, encode
from sync.log import Entry


@dataclass(frozen=True)
class Rows:
    """What travels with a statement: HPKE keys, wraps (log, epoch, reader, wrap), a sealed name, accounts taken."""

    keys: tuple[bytes, ...] = ()
    wraps: tuple[tuple[bytes, int, bytes, bytes], ...] = ()
    name: bytes = b""
    taken: tuple[bytes, ...] = ()

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(self.keys + other.keys, self.wraps + other.wraps, self.name or other.name, self.taken + other.taken)

    def encode(self) -> bytes:
        return encode([list(self.keys), [list(wrap) for wrap in self.wraps], self.name, list(self.taken)])

    @staticmethod
    def decode(raw: bytes) -> "Rows":
        value: Any = decode(raw)
        keys, wraps, name, taken = value
        return Rows(tuple(keys), tuple((wrap[0], wrap[1], wrap[2], wrap[3]) for wrap in wraps), name, tuple(taken))


NO_ROWS = Rows()


@dataclass(frozen=True)
class Waiting:
    """An entry in the outbox."""

    entry: Entry
    rows: Rows

    @property
    def sequence(self) -> int:
        return self.entry.header.sequence


def put(connection: Any, entry: Entry, rows: Rows = NO_ROWS) -> None:
    header = entry.header
    connection.execute(
        "INSERT INTO outbox(log, sequence, header, signature, body, rows) VALUES (?, ?, ?, ?, ?, ?)",
        (header.log, header.sequence, entry.raw_header, entry.signature, entry.body, rows.encode()),
    )
    # Outlives the entry: a number once signed is never signed again, whatever became of it.
    connection.execute(
        "INSERT INTO meta(key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (signed_key(header.log), encode(header.sequence)),
    )


def waiting(connection: Any, log: bytes, most: int = 64) -> Sequence[Waiting]:
    """Entries of one log not yet back, in the order of their numbers."""
    rows = connection.execute(
        "SELECT header, signature, body, rows FROM outbox WHERE log = ? ORDER BY sequence LIMIT ?", (log, most)
    ).fetchall()
    return [Waiting(Entry(header, signature, body), Rows.decode(raw)) for header, signature, body, raw in rows]


def waiting_one(connection: Any, log: bytes, sequence: int) -> Waiting | None:
    row = connection.execute(
        "SELECT header, signature, body, rows FROM outbox WHERE log = ? AND sequence = ?", (log, sequence)
    ).fetchone()
    return None if row is None else Waiting(Entry(row[0], row[1], row[2]), Rows.decode(row[3]))


def last(connection: Any, log: bytes) -> Entry | None:
    """The entry with the highest number of those waiting."""
    row = connection.execute(
        "SELECT header, signature, body FROM outbox WHERE log = ? ORDER BY sequence DESC LIMIT 1", (log,)
    ).fetchone()
    return None if row is None else Entry(*row)


def count(connection: Any) -> int:
    """How many entries wait, in all logs."""
    (number,) = connection.execute("SELECT COUNT(*) FROM outbox").fetchone()
    return int(number)


def waiting_logs(connection: Any) -> list[bytes]:
    return [row[0] for row in connection.execute("SELECT DISTINCT log FROM outbox ORDER BY log").fetchall()]


def drop(connection: Any, log: bytes, sequence: int) -> None:
    connection.execute("DELETE FROM outbox WHERE log = ? AND sequence = ?", (log, sequence))


def drop_all(connection: Any, log: bytes) -> None:
    """Burn the numbers of all that waits in a log of clear entries; what still holds is stated anew."""
    connection.execute("DELETE FROM outbox WHERE log = ?", (log,))


def last_signed(connection: Any, log: bytes) -> int:
    """The highest number this device ever signed in a log; 0 if none."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (signed_key(log),)).fetchone()
    number = 0 if row is None else decode(row[0])
    if not isinstance(number, int):
        raise TypeError("a signed number is an integer")
    return number


def signed_key(log: bytes) -> str:
    return f"signed:{log.hex()}"


def next_stamp(connection: Any, log: bytes) -> int:
    """The Lamport stamp of a new flush: above all that was read, and all that is still on its way, in this space."""
    (highest,) = connection.execute(
        "SELECT MAX((SELECT COALESCE(MAX(stamp), 0) FROM logs WHERE log = :log),"
        " (SELECT COALESCE(MAX(stamp), 0) FROM pending WHERE log = :log))",
        {"log": log},
    ).fetchone()
    return int(highest) + 1


def advance_stamp(connection: Any, log: bytes, stamp: int) -> None:
    """A stamp was read in this space."""
    connection.execute("UPDATE logs SET stamp = MAX(stamp, ?) WHERE log = ?", (stamp, log))
