"""What others had said again before this phone did, and it said no more: until what they said becomes void.

A stolen phone may be the first to say again what a restore had set aside (docs/protocol/9-distrust.md). Only digests
are kept: what it said stands in its entries, as long as their bodies do. Every function runs inside the caller's
transaction.
"""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any

from crypto.public.encoding import encode
from device import contents, reauthoring
from device.ledger import stored_entry
from device.reauthoring import Said
from sync.device.changes import Change
from sync.device.merge import RecordState, merge_change


def note(connection: Any, log: bytes, said: Iterable[tuple[int, Said]]) -> None:
    """Entries at these positions said it, and so this phone does not."""
    connection.executemany(
        "INSERT OR IGNORE INTO echoes (log, position, change) VALUES (?, ?, ?)",
        [(log, position, _digest(one)) for position, one in said],
    )


def forget(connection: Any, log: bytes, shared: int) -> None:
    """What stood above position `shared` is set aside itself."""
    connection.execute("DELETE FROM echoes WHERE log = ? AND position > ?", (log, shared))


def stage(connection: Any, log: bytes, void: Collection[int]) -> None:
    """Entries that had landed at the `void` positions count for nothing: what they said for this phone, it says.

    Not what somebody wrote over meanwhile whose word stands.
    """
    rows = connection.execute("SELECT position, change FROM echoes WHERE log = ? ORDER BY position", (log,)).fetchall()
    wanted = {(position, bytes(change)) for position, change in rows if position in void}
    if not wanted:
        return
    now = reauthoring.record_states(connection, log)
    then = dict[bytes, RecordState]()
    places = sorted({position for position, _ in wanted})
    for position in places:
        entry = stored_entry(connection, log, position)
        content = contents.read(connection, log, position, entry)
        if entry is None or content is None:
            continue
        for group in content.groups:
            author, place = (entry.header.device, position) if group.origin is None else group.origin
            for change in group.changes:
                said = [one for one in reauthoring.said_by(group.stamp, change) if (position, _digest(one)) in wanted]
                if said:
                    then[change.record] = merge_change(
                        then.get(change.record, now.get(change.record)),
                        _only(change, {one.field for one in said}),
                        stamp=group.stamp,
                        device=author,
                        position=place,
                        seen=group.seen,
                    )
    reauthoring.stage_unheard(connection, log, now, then, {position for position, _ in wanted})
    connection.executemany("DELETE FROM echoes WHERE log = ? AND position = ?", [(log, place) for place in places])


def _only(change: Change, fields: Collection[str | None]) -> Change:
    said = {name: value for name, value in change.fields.items() if name in fields}
    return change._replace(fields=said, removed=tuple(name for name in change.removed if name in fields))


def _digest(said: Said) -> bytes:
    what = [said.record, said.stamp, said.deleted, said.field or "", said.value or b"", said.removed]
    return sha256(encode(what)).digest()
