"""What this phone knows of erasures: which entries name which bodies, and from when these may be missing.

Every function that changes something runs inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from sync.erasure import CLEAR, DELAY, Find, Named, Withdraw, decode_erasing
from sync.log import Entry, Header


class Erasure(NamedTuple):
    """An `erase` at `position`. `due`: the day (since 1970) from which its bodies may be missing; `seen_on`: the day,
    by this phone's own clock, on which it first saw it; `checked`: what remains without them says all that is known.
    """

    log: bytes
    position: int
    leaf: bytes
    device: bytes
    due: int
    cosigned: bool
    seen_on: int
    withdrawn: bool
    checked: bool


_COLUMNS = ", ".join(Erasure._fields)
_NAMED = """
    SELECT DISTINCT erased.position FROM erased
    JOIN erasures ON erasures.log = erased.log AND erasures.position = erased.erasure
    WHERE erased.log = ? AND NOT withdrawn
"""


def note_erasing(connection: Any, log: bytes, entries: Iterable[tuple[int, Entry]], own_day: int) -> None:
    """Remember what verified entries, by position, erase and withdraw. `own_day` is that of the phone's own clock."""
    for position, entry in entries:
        if entry.header.kind not in CLEAR:
            continue
        statement = decode_erasing(entry.header.kind, entry.check_body())
        if isinstance(statement, Withdraw):
            connection.execute("UPDATE erasures SET withdrawn = 1 WHERE log = ? AND leaf = ?", (log, statement.leaf))
            continue
        cosigned = statement.cosignature is not None
        connection.execute(
            "INSERT INTO erasures(log, position, leaf, device, due, cosigned, seen_on) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (log, position, entry.leaf, entry.header.device, statement.due, cosigned, own_day),
        )
        rows = by_leaf(connection, log, statement.leaves)
        connection.executemany(
            "INSERT INTO erased(log, position, erasure) VALUES (?, ?, ?)", [(log, row[0], position) for row in rows]
        )


def by_leaf(connection: Any, log: bytes, leaves: Collection[bytes]) -> list[tuple[int, bytes, bytes]]:
    """(position, leaf, header) of those of the leaves that are stored."""
    marks = ", ".join("?" * len(leaves))
    rows: list[tuple[int, bytes, bytes]] = connection.execute(
        f"SELECT position, leaf, header FROM entries WHERE log = ? AND leaf IN ({marks})",  # noqa: S608
        (log, *leaves),
    ).fetchall()
    return rows


def find_named(connection: Any, log: bytes) -> Find:
    """The stored entries that an erasing one may name."""
    return partial(_find, connection, log)


def _find(connection: Any, log: bytes, leaves: Collection[bytes]) -> Mapping[bytes, Named]:
    open_until = {one.position: one.due for one in erasures(connection, log) if not one.withdrawn and not one.cosigned}
    return {
        leaf: Named(position, Header.decode(header).kind, open_until.get(position))
        for position, leaf, header in by_leaf(connection, log, leaves)
    }


def erasures(connection: Any, log: bytes) -> list[Erasure]:
    """All erasures of a space, withdrawn ones too, in the order of their positions."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM erasures WHERE log = ? ORDER BY position",  # noqa: S608
        (log,),
    ).fetchall()
    return [
        Erasure._make((*place, bool(cosigned), seen_on, bool(withdrawn), bool(checked)))
        for *place, cosigned, seen_on, withdrawn, checked in rows
    ]


def in_force(connection: Any, log: bytes) -> frozenset[int]:
    """Positions that an erasure in force names, due or not."""
    return frozenset(row[0] for row in connection.execute(_NAMED, (log,)).fetchall())


def may_be_missing(connection: Any, log: bytes, day: int) -> frozenset[int]:
    """Positions whose bodies may be missing on `day`."""
    return frozenset(row[0] for row in connection.execute(f"{_NAMED} AND due <= ?", (log, day)).fetchall())


def check_again(connection: Any, log: bytes) -> None:
    """What this phone believes of the space has changed: whatever is being erased may matter now."""
    connection.execute("UPDATE erasures SET checked = 0 WHERE log = ?", (log,))


def mark_checked(connection: Any, log: bytes) -> None:
    connection.execute("UPDATE erasures SET checked = 1 WHERE log = ?", (log,))


def drop_bodies(connection: Any, log: bytes, day: int, own_day: int) -> int:
    """Drop the bodies that may be missing on `day`; returns how many.

    Not within DELAY days of this phone's own after it first saw the `erase`: a device and a server that agree on a
    false day win nothing.
    """
    due = "due <= ? AND checked AND (cosigned OR seen_on + ? <= ?)"
    gone = [(log, row[0]) for row in connection.execute(f"{_NAMED} AND {due}", (log, day, DELAY, own_day)).fetchall()]
    dropped = connection.executemany(
        "UPDATE entries SET body = NULL WHERE log = ? AND position = ? AND body IS NOT NULL", gone
    ).rowcount
    connection.executemany("DELETE FROM quarantine WHERE log = ? AND position = ?", gone)
    return max(0, int(dropped))
