"""Who deleted a record: its state remembers who named it last, and a thief's edit may have done that.

Every function runs inside the caller's transaction.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sync.device.changes import Content
from sync.device.merge import RecordState


def note(connection: Any, log: bytes, position: int, device: bytes, content: Content, void: Collection[int]) -> None:
    """The entry at `position`, by `device`, has landed."""
    rows = list[tuple[Any, ...]]()
    for group in content.groups:
        author, place = (device, position) if group.origin is None else group.origin
        rows += [
            (log, change.record, place, author, group.stamp, change.type, change.version)
            for change in group.changes
            if change.deleted and place not in void
        ]
    connection.executemany("INSERT OR IGNORE INTO deletions VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def by(connection: Any, log: bytes, authors: Mapping[int, bytes]) -> dict[bytes, RecordState]:
    """The tombstones that entries of these authors, by position, carried first."""
    found: dict[bytes, RecordState] = {}
    rows = connection.execute(
        "SELECT record, position, device, stamp, type, version FROM deletions WHERE log = ?"
        " ORDER BY stamp, device, position",
        (log,),
    )
    for record, position, device, stamp, kind, version in rows.fetchall():
        if authors.get(position) == device:
            found[record] = RecordState(kind, version, (stamp, device, position), deleted=True, layers=())
    return found


def forget(connection: Any, log: bytes, shared: int) -> None:
    """What stood above position `shared` is set aside."""
    connection.execute("DELETE FROM deletions WHERE log = ? AND position > ?", (log, shared))
