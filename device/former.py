"""The devices that this phone was before it came in again, and what it wrote as them (docs/protocol/7-ceremonies.md).

Every function runs inside the caller's transaction.
"""

from collections.abc import Collection
from typing import Any

from crypto.public.encoding import decode, encode
from device.ledger import stored_entry
from sync.log import Header
from sync.state import Former, RosterState
from sync.statements import Revoke, decode_statement

KEY = "former_devices"


def devices(connection: Any) -> frozenset[bytes]:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
    value: Any = [] if row is None else decode(row[0])
    return frozenset(value)


def note(connection: Any, device: bytes) -> None:
    """This phone begins with new keys, and keeps what it wrote as `device`."""
    value = encode(sorted(devices(connection) | {device}))
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (KEY, value))


def own_words(connection: Any, roster: RosterState, log: bytes, void: Collection[int]) -> frozenset[int]:
    """Those of the `void` positions that this phone wrote, and that their revocation did not mean.

    The others are a thief's, who held this phone until it was found: these stay void.
    """
    found = set[int]()
    for device in devices(connection).intersection(roster.former):
        until = vouched(connection, roster, roster.former[device])
        rows = connection.execute(
            "SELECT position, header FROM entries WHERE log = ? AND device = ? ORDER BY position", (log, device)
        ).fetchall()
        for position, header in rows:
            if Header.decode(header).roster.position > until:
                break
            found.add(position)
    return frozenset(found.intersection(void))


def vouched(connection: Any, roster: RosterState, former: Former) -> int:
    """The roster position up to which a device's doings were its owner's own, by whoever revoked it.

    The newest one if that was not the owner's own doing: a thief's revocation denies nothing. 0 after a removal.
    """
    entry = stored_entry(connection, roster.programme, former.position)
    statement = None if entry is None else decode_statement(entry.header.kind, entry.check_body())
    if not isinstance(statement, Revoke):
        return 0
    author = roster.former.get(former.by)
    if author is not None and vouched(connection, roster, author) < former.position:
        return roster.chain.position
    return statement.since
