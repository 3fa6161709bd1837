"""Bodies that a restored server erased before it heard again that their erasure was withdrawn: offered once more.

What is due is remembered before the withdrawal is given back, so that a crash in between costs nothing.
"""

from collections.abc import Sequence
from typing import Any

from crypto.public.encoding import decode, encode
from sync.erasure import Withdraw
from sync.log import Entry

_SAVED = """
    SELECT MIN(erased.position), MAX(erased.position) FROM erased
    JOIN erasures ON erasures.log = erased.log AND erasures.position = erased.erasure
    WHERE erased.log = ? AND withdrawn AND erasures.leaf IN ({})
"""


def mark(connection: Any, log: bytes, page: Sequence[Entry]) -> None:
    """Before these entries are offered: remember the bodies that withdrawals among them save. In a transaction."""
    leaves = [Withdraw.decode(entry.check_body()).leaf for entry in page if entry.header.kind == Withdraw.kind]
    if not leaves:
        return
    marks = ", ".join("?" * len(leaves))
    low, high = connection.execute(_SAVED.format(marks), (log, *leaves)).fetchone()
    if low is not None:
        before = due(connection, log) or (low, high)
        value = encode([min(low, before[0]), max(high, before[1])])
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (_key(log), value))


def due(connection: Any, log: bytes) -> tuple[int, int] | None:
    """The lowest and the highest position to offer once more, if any."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_key(log),)).fetchone()
    if row is None:
        return None
    value: Any = decode(row[0])
    low, high = value
    return int(low), int(high)


def clear(connection: Any, log: bytes) -> None:
    connection.execute("DELETE FROM meta WHERE key = ?", (_key(log),))


def _key(log: bytes) -> str:
    return f"refill:{log.hex()}"
