"""What entries set aside, or void, had said, said again by this phone: staged, sealed in few entries, dropped where it
stands.

Every function runs inside the caller's transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from crypto.public.encoding import encode
from device.identity import load_identity
from device.pending import COLUMNS, changes_of, own_beside
from device.reserved import ACCOUNT_KEYS
from sync.device.changes import Change, Content, Group
from sync.device.merge import REMOVED, RecordState, Standing

ROOM = 256 * 1024
"""Bytes of values to an entry, about. A record is in one entry: of two, the later would hide what the earlier said."""
OVERHEAD = 96
"""Bytes of a change beside its value, about."""

_STAGE = f"""
    INSERT INTO pending (log, {COLUMNS}, seen, stamp, again)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1 WHERE NOT EXISTS (
        SELECT 1 FROM pending WHERE again = 1 AND log = ?1 AND record = ?2 AND deleted = ?5 AND field IS ?6
            AND value IS ?7 AND removed = ?8 AND stamp = ?10
    )
"""  # noqa: S608
_SAID = """
    DELETE FROM pending WHERE again = 1 AND sequence IS NULL AND log = ? AND seen < ? AND record = ? AND stamp = ?
        AND deleted = ? AND field IS ? AND value IS ? AND removed = ?
"""


Lost: TypeAlias = tuple[bool, str | None, bytes | None, bool, int, int]
"""deleted, field, value, removed, seen, stamp"""


class Said(NamedTuple):
    """What a change says of one field, or of a record itself: that it is deleted, or what it is called."""

    record: bytes
    stamp: int
    deleted: bool
    field: str | None
    value: bytes | None
    removed: bool


class Batch(NamedTuple):
    """Groups for one entry, and the rows they are made of."""

    groups: Sequence[Group]
    rows: Sequence[int]


def stage_again(
    connection: Any,
    log: bytes,
    before: Mapping[bytes, RecordState],
    after: Mapping[bytes, RecordState],
    shared: int,
) -> None:
    """Stage what the records were `before` and are no more `after` a space was cut back to position `shared`.

    Each standing change keeps its stamp, and has seen all that both histories share and it did not stand beside.
    """
    rows = [
        (log, record, state.type, state.version, *change)
        for record, state in before.items()
        for change in _lost(state, after.get(record), shared)
    ]
    connection.executemany(_STAGE, rows)


def _lost(state: RecordState, now: RecordState | None, shared: int) -> list[Lost]:
    if now is not None and now.deleted:
        return []
    if state.deleted:
        return [(True, None, None, False, shared, state.named[0])]
    lost: list[Lost] = []
    for name, standing in state.fields.items():
        # With more a change would hide one of the shared part that it had stood beside; with less, show again what it
        # had overwritten.
        seen = min((each.position - 1 for each in standing), default=shared)
        for each in standing:
            if each.position > shared:
                value = None if each.value is REMOVED else encode(each.value)
                lost.append((False, name, value, each.value is REMOVED, min(seen, shared), each.stamp))
    named = now is None or (now.type, now.version) != (state.type, state.version)
    return lost or ([(False, None, None, False, shared, state.named[0])] if named else [])


def stage_own(
    connection: Any,
    log: bytes,
    before: Mapping[bytes, RecordState],
    positions: Collection[int],
    devices: Collection[bytes],
) -> None:
    """Stage what stood in the records `before` entries at `positions`, by former `devices` of this phone, became void.

    Each standing change keeps its stamp and its `seen`. Not where this phone wrote over it later: as the later word of
    one device it would win.
    """
    now = record_states(connection, log) if positions else {}
    ours = {*devices, _device(connection)}
    rows = [
        (log, record, state.type, state.version, *change)
        for record, state in before.items()
        if state.type != ACCOUNT_KEYS and not (record in now and now[record].deleted)
        for change in _own(state, positions, ours)
        if not _written_over(connection, log, record, change)
    ]
    connection.executemany(_STAGE, rows)


def _own(state: RecordState, positions: Collection[int], ours: Collection[bytes]) -> list[Lost]:
    if state.deleted:
        # It is not any more.
        return [(True, None, None, False, 0, state.named[0])]
    lost: list[Lost] = []
    for name, standing in state.fields.items():
        newest = max((each.position for each in standing if each.device in ours), default=0)
        for each in standing:
            if each.position in positions and each.position == newest:
                value = None if each.value is REMOVED else encode(each.value)
                lost.append((False, name, value, each.value is REMOVED, each.seen, each.stamp))
    named = not state.layers and state.named[2] in positions
    return lost or ([(False, None, None, False, 0, state.named[0])] if named else [])


def stage_unheard(
    connection: Any,
    log: bytes,
    now: Mapping[bytes, RecordState],
    then: Mapping[bytes, RecordState],
    places: Collection[int],
) -> None:
    """Stage what stood in the records by entries at `places`, as they were `then`, and does not stand `now`."""
    rows = [
        (log, record, state.type, state.version, *change)
        for record, state in then.items()
        if state.type != ACCOUNT_KEYS and not (record in now and now[record].deleted)
        for change in _unheard(state, now.get(record), places)
        if not _written_over(connection, log, record, change)
    ]
    connection.executemany(_STAGE, rows)


def _unheard(state: RecordState, now: RecordState | None, places: Collection[int]) -> list[Lost]:
    if state.deleted:
        return [(True, None, None, False, 0, state.named[0])]
    stands = {} if now is None else now.fields
    lost: list[Lost] = []
    for name, standing in state.fields.items():
        there = {(each.stamp, _raw(each)) for each in stands.get(name, ())}
        heard = [each for each in standing if each.position in places]
        if any((each.stamp, _raw(each)) not in there for each in heard):
            lost += [(False, name, _raw(each), each.value is REMOVED, each.seen, each.stamp) for each in heard]
    return lost or ([] if now is not None else [(False, None, None, False, 0, state.named[0])])


def _raw(standing: Standing) -> bytes | None:
    return None if standing.value is REMOVED else encode(standing.value)


def _written_over(connection: Any, log: bytes, record: bytes, change: Lost) -> bool:
    deleted, field, *_ = change
    where = "again = 0 AND log = ? AND record = ? AND (deleted OR field IS ?)"
    row = connection.execute(f"SELECT 1 FROM pending WHERE {where} LIMIT 1", (log, record, field)).fetchone()  # noqa: S608
    return not deleted and row is not None


def record_states(connection: Any, log: bytes) -> dict[bytes, RecordState]:
    """All that has landed in a space, by record."""
    rows = connection.execute("SELECT record, state FROM records WHERE log = ?", (log,)).fetchall()
    return {record: RecordState.decode(state) for record, state in rows}


def _landed(connection: Any, log: bytes, record: bytes) -> RecordState | None:
    row = connection.execute("SELECT state FROM records WHERE log = ? AND record = ?", (log, record)).fetchone()
    return None if row is None else RecordState.decode(row[0])


def _device(connection: Any) -> bytes:
    identity = load_identity(connection)
    return b"" if identity is None else identity.device


def says_again(connection: Any, log: bytes) -> bool:
    """Whether something waits to be sealed."""
    row = connection.execute(
        "SELECT 1 FROM pending WHERE again = 1 AND log = ? AND sequence IS NULL LIMIT 1", (log,)
    ).fetchone()
    return row is not None


def said_by(stamp: int, change: Change) -> list[Said]:
    rows: list[tuple[str | None, bytes | None, bool]] = [
        *((name, encode(value), False) for name, value in change.fields.items()),
        *((name, None, True) for name in change.removed),
    ]
    return [Said(change.record, stamp, change.deleted, *each) for each in rows or [(None, None, False)]]


def drop_said(
    connection: Any, log: bytes, position: int, content: Content, void: Collection[int]
) -> list[tuple[int, Said]]:
    """An entry at `position` lands: what it says need not be said again, whoever of the account was faster.

    Returns what was dropped, with each position that must not become void.
    """
    if not says_again(connection, log):
        return []
    dropped = list[tuple[int, Said]]()
    for group in content.groups:
        places = [position] if group.origin is None else [position, group.origin.position]
        if places[-1] in void:
            continue
        for said in (said for change in group.changes for said in said_by(group.stamp, change)):
            if connection.execute(_SAID, (log, position, *said)).rowcount:
                dropped += [(place, said) for place in places]
    return dropped


def take_again(connection: Any, log: bytes) -> Batch:
    """What is to be said again in one more entry; without groups when there is nothing left."""
    rows = connection.execute(
        f"SELECT id, again, sequence, stamp, seen, {COLUMNS} FROM pending"  # noqa: S608
        " WHERE again = 1 AND log = ? AND sequence IS NULL ORDER BY record, stamp, seen, id",
        (log,),
    ).fetchall()
    device = _device(connection)
    taken, said, room = list[int](), list[tuple[int, int, Change]](), ROOM
    for record, group in groupby(rows, key=itemgetter(5)):
        each = list(group)
        again = [row[1:] for row in each]
        again = sorted(again + own_beside(_landed(connection, log, record), device, again), key=itemgetter(2, 3))
        room -= sum(OVERHEAD + len(row[9] or b"") for row in again)
        if room < 0 and taken:
            break
        taken += [row[0] for row in each]
        said += [(stamp or 0, seen, change) for stamp, seen, change in changes_of(again)]
    return Batch(_groups(said), taken)


def mark_again(connection: Any, batch: Batch, sequence: int) -> None:
    """It is in the outbox, its last or only entry with number `sequence`."""
    connection.executemany("UPDATE pending SET sequence = ? WHERE id = ?", [(sequence, row) for row in batch.rows])


def _groups(said: Iterable[tuple[int, int, Change]]) -> list[Group]:
    """A record stands in a group once."""
    layers = dict[tuple[int, int], list[dict[bytes, Change]]]()
    for stamp, seen, change in said:
        places = layers.setdefault((stamp, seen), [])
        free = next((place for place in places if change.record not in place), None)
        if free is None:
            places.append(free := {})
        free[change.record] = change
    return [
        Group(None, stamp, seen, tuple(place.values())) for (stamp, seen), places in layers.items() for place in places
    ]
