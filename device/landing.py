"""Where pending changes leave for the outbox, and where opened entries land in the records.

Every function runs inside the caller's transaction.
"""

from collections.abc import Collection, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from device import deletions, echoes
from device.pending import COLUMNS, change_of, delete_dropped
from device.reauthoring import drop_said
from sync.device.changes import Content, Group, check_place
from sync.device.merge import RecordState, join, merge_content


def land(
    connection: Any,
    log: bytes,
    position: int,
    device: bytes,
    seen: int,
    content: Content,
    void: Collection[int] = (),
) -> None:
    """Merge the opened entry at `position`, by `device` (its id), into the records; the phone's own like any other.

    `seen`: the position in the header's `seen`; `void`: positions of this log. Raises ContentError before it changes
    anything.
    """
    check_place(content, position, seen)
    echoes.note(connection, log, drop_said(connection, log, position, content, void))
    wanted = {change.record for group in content.groups for change in group.changes}
    before = _states(connection, log, wanted)
    states = {record: RecordState.decode(blob) for record, blob in before.items()}
    merge_content(states, content, position, device, void)
    deletions.note(connection, log, position, device, content, void)
    _store_states(connection, log, before, states)
    delete_dropped(connection, log, states)


def carry(connection: Any, log: bytes, kept: Mapping[bytes, RecordState]) -> None:
    """Merge states into the records as they are."""
    before = _states(connection, log, set(kept))
    states = {
        record: join(RecordState.decode(before[record]), state) if record in before else state
        for record, state in kept.items()
    }
    _store_states(connection, log, before, states)


def _store_states(
    connection: Any, log: bytes, before: Mapping[bytes, bytes], states: Mapping[bytes, RecordState]
) -> None:
    """Those of the states that are not what they were `before`."""
    rows = [
        (log, record, state.type, state.deleted, blob)
        for record, state in states.items()
        if (blob := state.encode()) != before.get(record)
    ]
    connection.executemany(
        "INSERT INTO records (log, record, type, deleted, state) VALUES (?, ?, ?, ?, ?) ON CONFLICT (log, record)"
        " DO UPDATE SET type = excluded.type, deleted = excluded.deleted, state = excluded.state",
        rows,
    )


def take_pending(connection: Any, log: bytes, stamp: int) -> list[Group]:
    """Unflushed changes for the next flush, all of one stamp; [] when nothing is left.

    `stamp`: for changes never sealed. What has to be sealed again keeps its own and comes first, alone: take, seal
    and `mark_flushed` with the stamp of these groups, until there are none. (Two changes of a field in one entry
    would be a conflict of the phone with itself.)
    """
    kept = _kept_stamp(connection, log)
    rows = connection.execute(
        f"SELECT seen, {COLUMNS} FROM pending WHERE log = ? AND sequence IS NULL AND stamp IS ? AND again = 0"  # noqa: S608
        " ORDER BY seen, record, id",
        (log, kept),
    ).fetchall()
    groups = []
    for seen, group in groupby(rows, key=itemgetter(0)):
        changes = [change_of([row[1:] for row in each]) for _, each in groupby(group, key=itemgetter(1))]
        groups.append(Group(None, stamp if kept is None else kept, seen, tuple(changes)))
    return groups


def mark_flushed(connection: Any, log: bytes, sequence: int, stamp: int) -> None:
    """What `take_pending` just gave is in the outbox, its last or only entry with number `sequence`.

    Raises ValueError if `stamp` is not that of the groups.
    """
    kept = _kept_stamp(connection, log)
    if kept is not None and kept != stamp:
        raise ValueError(f"what waits to be sealed again has stamp {kept}")
    connection.execute(
        "UPDATE pending SET sequence = ?, stamp = ? WHERE log = ? AND sequence IS NULL AND stamp IS ? AND again = 0",
        (sequence, stamp, log, kept),
    )


def landed(connection: Any, log: bytes, sequence: int) -> None:
    """The outbox entry came back at a position, and `land` has merged its content: it is pending no longer."""
    connection.execute("DELETE FROM pending WHERE log = ? AND sequence = ?", (log, sequence))


def unflush(connection: Any, log: bytes, sequence: int) -> None:
    """The outbox entry was refused and is dropped: its changes are to be sealed again, with their stamp.

    But for what retention deletes: it is decided upon what the log held, and another phone may have said more since.
    """
    connection.execute("DELETE FROM pending WHERE log = ? AND sequence = ? AND lapsed", (log, sequence))
    connection.execute("UPDATE pending SET sequence = NULL WHERE log = ? AND sequence = ?", (log, sequence))


def _states(connection: Any, log: bytes, records: set[bytes]) -> dict[bytes, bytes]:
    marks = ", ".join("?" * len(records))
    return dict(
        connection.execute(
            f"SELECT record, state FROM records WHERE log = ? AND record IN ({marks})",  # noqa: S608
            (log, *records),
        )
    )


def _kept_stamp(connection: Any, log: bytes) -> int | None:
    row = connection.execute(
        "SELECT MIN(stamp) FROM pending WHERE log = ? AND sequence IS NULL AND again = 0", (log,)
    ).fetchone()
    return None if row[0] is None else int(row[0])
