"""Local changes that have not landed yet: how they are staged, and how the phone shows them before they land."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

from crypto.public.encoding import Canonical, decode, encode
from sync.device.changes import Change
from sync.device.merge import REMOVED, RecordState, merge_change

Row: TypeAlias = tuple[bytes, str, int, int, str | None, bytes | None, int]
"""record, type, version, deleted, field, value, removed"""

COLUMNS = "record, type, version, deleted, field, value, removed"

_STAGE = """
    INSERT INTO pending (log, record, type, version, deleted, field, value, removed, seen)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (log, record, COALESCE(field, '')) WHERE stamp IS NULL DO UPDATE SET
        type = excluded.type, version = excluded.version, value = excluded.value, removed = excluded.removed,
        seen = CASE WHEN ?10 THEN excluded.seen ELSE MIN(seen, excluded.seen) END
"""
_UNDROP = "DELETE FROM dropped WHERE log = ? AND record = ?"


def stage(connection: Any, log: bytes, change: Change, *, resolving: bool = False) -> None:
    """Write a local change; the next flush carries it. Runs inside the caller's transaction.

    Edits of one field before a flush become one change that has seen only what the first of them had: the later
    ones were made by somebody who still looked at the earlier. With `resolving` it has seen everything that is shown.
    Deleting a record that never left the phone sends nothing.
    """
    record = change.record
    position = _seen(connection, log, record)
    if change.deleted:
        connection.execute("DELETE FROM pending WHERE log = ? AND record = ? AND stamp IS NULL", (log, record))
        if not _known_elsewhere(connection, log, record):
            connection.execute("INSERT OR IGNORE INTO dropped (log, record) VALUES (?, ?)", (log, record))
            return
    else:
        connection.execute(_UNDROP, (log, record))
    head = (log, record, change.type, change.version, change.deleted)
    rows: list[tuple[str | None, bytes | None, bool]] = [
        *((name, encode(value), False) for name, value in change.fields.items()),
        *((name, None, True) for name in change.removed),
    ]
    connection.executemany(_STAGE, [(*head, *each, position, resolving) for each in rows or [(None, None, False)]])


def _seen(connection: Any, log: bytes, record: bytes) -> int:
    """Up to where somebody who looks at the record has seen the log.

    What cannot be opened yet, for want of a key, is shown to nobody: a change that had seen it would overrule it as
    soon as the key is there. Whatever the record does show has been seen.
    """
    position, _ = _reached(connection, log)
    (first,) = connection.execute("SELECT MIN(position) FROM quarantine WHERE log = ?", (log,)).fetchone()
    if first is None:
        return position
    row = connection.execute("SELECT state FROM records WHERE log = ? AND record = ?", (log, record)).fetchone()
    layers = RecordState.decode(row[0]).layers if row else ()
    return max([int(first) - 1, *(layer.position for layer in layers)])


def delete_dropped(connection: Any, log: bytes, landed: Mapping[bytes, RecordState]) -> None:
    """Of records that just landed: delete those that were deleted here, unsent, by a phone that was put back from its
    backup and had sent them in the life after that.
    """
    if connection.execute("SELECT 1 FROM dropped LIMIT 1").fetchone() is None:
        return
    for record, state in landed.items():
        if connection.execute(_UNDROP, (log, record)).rowcount and not state.deleted:
            stage(connection, log, Change(record, state.type, state.version, deleted=True, fields={}, removed=()))


def overlay(
    connection: Any, log: bytes, device: bytes, record: bytes, landed: RecordState | None
) -> RecordState | None:
    """The record as it will be if its pending changes are the next to land: what the phone shows.

    `device`: this phone's id. None if nothing is known of the record.
    """
    rows = connection.execute(
        f"SELECT again, sequence, stamp, seen, {COLUMNS} FROM pending WHERE log = ? AND record = ?"  # noqa: S608
        " ORDER BY again DESC, stamp IS NULL, stamp, sequence IS NULL, sequence, seen, id",
        (log, record),
    ).fetchall()
    if not rows:
        return landed
    position, highest = _reached(connection, log)
    state = landed
    # What is said again is one entry, whatever stamps it has: its values stand beside each other as they stood before.
    rows = own_beside(landed, device, [row for row in rows if row[0]]) + rows
    flushes = groupby(rows, key=lambda row: row[0] or row[2::-1])
    for place, (_, flush) in enumerate(flushes, start=position + 1):
        for stamp, seen, change in changes_of(flush):
            at = highest + 1 if stamp is None else stamp
            state = merge_change(state, change, stamp=at, device=device, position=place, seen=seen)
    return state


def own_beside(landed: RecordState | None, device: bytes, again: Sequence[Any]) -> list[Any]:
    """What the entries of this device say of the fields that it says `again`, and that stands beside it: more rows.

    Of two entries of one device the later hides what the earlier said of a field, so it goes along. `again`: rows of
    one record, as `changes_of` takes them.
    """
    said = {(row[8], row[2], row[9], bool(row[10])) for row in again}
    seen = dict[str, int]()
    for row in again:
        seen[row[8]] = max(row[3], seen.get(row[8], 0))
    rows = list[Any]()
    for name, standing in landed.fields.items() if landed is not None and again else ():
        for each in standing if name in seen else ():
            value, gone = (None, True) if each.value is REMOVED else (encode(each.value), False)
            if each.device == device and each.position > seen[name] and (name, each.stamp, value, gone) not in said:
                head = again[0][4], again[0][5], again[0][6], 0
                rows.append((1, None, each.stamp, each.seen, *head, name, value, gone))
    return rows


def changes_of(flush: Iterable[Any]) -> Iterator[tuple[int | None, int, Change]]:
    """Stamp, `seen` and change, of rows (again, sequence, stamp, seen, *COLUMNS) of one record in this order."""
    for (stamp, seen), group in groupby(flush, key=itemgetter(2, 3)):
        layers = list[dict[str | None, Row]]()
        for each in group:
            row = each[4:]
            # Two phones may have written one field under one stamp: a change cannot say both.
            free = next((layer for layer in layers if row[4] not in layer), None)
            if free is None:
                layers.append(free := {})
            free[row[4]] = row
        for layer in layers:
            yield stamp, seen, change_of(list(layer.values()))


def change_of(rows: list[Row]) -> Change:
    """Rows of one record as one change; the last of them names type and version."""
    record, kind, version, deleted, *_ = rows[-1]
    fields: dict[str, Canonical] = {}
    removed = []
    for *_, field, value, gone in rows:
        if field is not None and gone:
            removed.append(field)
        elif field is not None and value is not None:
            fields[field] = decode(value)
    return Change(record, kind, version, bool(deleted), fields, tuple(sorted(removed)))


def _reached(connection: Any, log: bytes) -> tuple[int, int]:
    """Position and highest stamp; zeros before the first pull."""
    row = connection.execute("SELECT position, stamp FROM logs WHERE log = ?", (log,)).fetchone()
    return (0, 0) if row is None else row


def _known_elsewhere(connection: Any, log: bytes, record: bytes) -> bool:
    where = "WHERE log = ? AND record = ?"
    landed = connection.execute(f"SELECT 1 FROM records {where}", (log, record)).fetchone()  # noqa: S608
    sealed = connection.execute(f"SELECT 1 FROM pending {where}", (log, record)).fetchone()  # noqa: S608
    return landed is not None or sealed is not None
