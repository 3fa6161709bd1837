"""Retention: what the programme keeps no longer is deleted (docs/protocol/5-sealed.md)."""

from datetime import date, timedelta
from typing import Any

from crypto.public.encoding import decode, encode
from device import repacking
from device.days import day_of
from device.engine import Engine
from device.pending import stage
from device.records import Records
from device.view import Record
from device.witnessed import joined_on
from schemas.records import LAPSING, Fields, Sentence, lapsed
from sync.device.changes import Change
from sync.device.merge import REMOVED, Value
from sync.statements import Policy

SLACK = 1
"""Days by which the local date of an entry may lie before the UTC day of the statement that let its author in."""
READINGS = 64
"""An entry that may be read in more ways than this is kept: its owner has conflicts to settle first."""

_DAY = "lapses_by"
_MARK = "UPDATE pending SET lapsed = 1 WHERE log = ? AND record = ? AND deleted AND stamp IS NULL"


def delete_old(engine: Engine, records: Records) -> list[str]:
    """Delete what was over age on the day of `note_day`, and seal it with all that is pending. Returns sentences.

    A deletion overrules whatever another phone says, so it is sealed in the transaction that decides it, or not made at
    all; what the server then refuses is decided anew. It decides by what the last sync brought: with a pull before
    the flush, the flush would witness what a stolen phone had just written, and only the paper could void it then.
    """
    day, roster, account = _noted(engine), engine.ledger.roster, engine.identity.account
    log = engine.writer.personal
    if day is None or roster is None or account not in roster.accounts or engine.healing or engine.owes:
        return []
    if log not in repacking.writable(engine):
        return []
    gone = old(records, roster.policy, day, joined_on(engine.vault.read(), roster, account))
    if not gone:
        return []
    with engine.vault.write() as connection:
        for record in gone:
            change = Change(record.id, record.type, record.version, deleted=True, fields={}, removed=())
            stage(connection, log, change)
            connection.execute(_MARK, (log, record.id))
        engine.writer.flush(connection, log)
    return [Sentence("note_kept_no_longer", number=len(gone))]


def old(records: Records, policy: Policy, day: int, joined: int) -> list[Record]:
    """The owner's entries whose last day (`lapsed`) is more than the policy's days before `day`.

    `day`: days since 1970 on which both the phone's clock and the server agree at least: either alone could be
    wrong by years, and what is deleted is gone. What is dated before `joined`, the day on which the account came in, a
    wrong clock dated, or it is a training that its owner brought along: it stays.
    """
    programme, since, found = records.programme(), _date(joined - SLACK), list[Record]()
    for kind in LAPSING:
        held = {record.id: record for record in records.list(kind)}
        read = {id_: readings(record) for id_, record in held.items()}
        until = _date(day - kept_days(policy, kind))
        found += [held[id_] for id_ in sorted(lapsed(kind, read, programme, since, until, _date(day)))]
    return found


def kept_days(policy: Policy, kind: str) -> int:
    """Days for which an entry is kept after its last day."""
    return policy.check_in_days if kind == "check_in" else policy.contact_days


def note_day(engine: Engine) -> None:
    """Today, by this phone's clock and the server's word alike, statistics have counted what they ask of the entries.

    What is over age today goes with the first flush of another day.
    """
    day = min(day_of(engine.clock()), engine.writer.day())
    if _noted(engine) != day:
        with engine.vault.write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (_DAY, encode(day)))


def _noted(engine: Engine) -> int | None:
    row: Any = engine.vault.read().execute("SELECT value FROM meta WHERE key = ?", (_DAY,)).fetchone()
    value = None if row is None else decode(row[0])
    return value if isinstance(value, int) else None


def readings(record: Record) -> list[Fields]:
    """What the record says, for each choice among the values in conflict by which it lapses; none of too many."""
    read: list[Fields] = [record.fields]
    for name in LAPSING[record.type]:
        read += [_with(fields, name, value) for value in record.conflicts.get(name, ()) for fields in list(read)]
        if len(read) > READINGS:
            return []
    return read


def _with(fields: Fields, name: str, value: Value) -> Fields:
    return {key: each for key, each in {**fields, name: value}.items() if each is not REMOVED}


def _date(day: int) -> date:
    first = date(1970, 1, 1)
    return first + timedelta(days=min(max(day, 0), (date.max - first).days))
