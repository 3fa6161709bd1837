"""The account's reports: made once, told to its other phones, then sent until the server has them.

docs/protocol/10-statistics.md, *A report*.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any

from crypto.public.encoding import encode
from crypto.secret.hpke import seal
from device.days import SECONDS, calendar_day
from device.engine import Engine
from device.records import Records
from device.refusals import REFUSALS
from device.report import Report as SyncReport
from device.statistics.counting import contribution
from device.statistics.reported import (
    COUNTED,
    DENIED,
    FINAL,
    REFUSED,
    TAKEN,
    Reported,
    counted_since,
    done_for,
    reported,
    stage_outcome,
    stage_report,
    why_not,
)
from device.transport import ServerProblem
from schemas.records import Sentence
from schemas.task import Task
from stats.instance import instance_of
from sync.report import NONCE, Report, Submission, measurement_context, share_hash
from sync.state import Opening, RosterState
from sync.tables import REPORTED_AFTER, counts, period_days, takes_reports

SPREAD = 14
"""Days after a period over which the phones' random moments are spread."""
WAITS = frozenset({"too-early", "witness-unknown", "device-not-active"})
"""Refusals that end when the server's day comes, or when it was given back the roster that it lost."""


async def report_due(engine: Engine, records: Records) -> list[str]:
    """Make what is due, and send what is made. Returns sentences for the person.

    Raises ServerFault if the server withholds an offer's key, or gives another; and as `Engine.sync`.
    """
    if engine.writer.silenced or not engine.enrolled:
        return []
    _draw(engine)
    notes, made = list[str](), False
    for opening in due(engine, records):
        refusal = why_not(engine.roster, reported(records.view, engine.vault.read()), opening)
        if refusal:
            notes.append(f"this phone does not report to a table that was opened: {refusal}")
            continue
        await _make(engine, records, opening)
        made = True
    if made:
        # The account's other phones, and one recovered from paper, must know what is counted before it can be.
        sync: SyncReport = await engine.sync()
        notes += sync.notes
    for opening in _on_their_way(engine.vault.read()):
        notes += await _send(engine, records, opening)
    return notes


def due(engine: Engine, records: Records) -> list[bytes]:
    """Openings to which this account has to report now."""
    connection, now = engine.vault.read(), _now(engine)
    # A refused one is not made again either: the server would be sent a new one with each sync.
    known = {one.opening for one in reported(records.view, connection)}
    return [
        id_
        for id_ in open_to(engine)
        if id_ not in known and (moment := moment_of(connection, id_)) is not None and moment <= now
    ]


def open_to(engine: Engine) -> list[bytes]:
    """Openings for which this account counts, and whose reports are not too late, the earliest first."""
    roster, account = engine.roster, engine.identity.account
    today = max(engine.writer.day(), roster.time)
    found = [
        (made.position, id_)
        for id_, made in roster.openings.items()
        if takes_reports(roster, id_)
        and counts(roster, made, account)
        and today <= days_of(roster, made)[-1] + REPORTED_AFTER
    ]
    return [id_ for _, id_ in sorted(found)]


def days_of(roster: RosterState, made: Opening) -> range:
    """The days of the period, since 1970."""
    return period_days(roster.tasks[made.task], made.period)


def moment_of(connection: Any, opening: bytes) -> int | None:
    """When this phone reports, in seconds since 1970; None before it was drawn."""
    row = connection.execute("SELECT moment FROM moments WHERE opening = ?", (opening,)).fetchone()
    return None if row is None else int(row[0])


def _now(engine: Engine) -> int:
    """The time by the day that goes into statements: a wrong clock must not make a report late."""
    return engine.writer.day() * SECONDS + int(engine.clock()) % SECONDS


def date_of(engine: Engine) -> date:
    """Today, by the day that goes into statements."""
    return date(1970, 1, 1) + timedelta(days=engine.writer.day())


def _draw(engine: Engine) -> None:
    """A moment for each opening that has none: that a phone is online tells the server nothing then."""
    connection, roster = engine.vault.read(), engine.roster
    new = [id_ for id_ in open_to(engine) if moment_of(connection, id_) is None]
    if not new:
        return
    with engine.vault.write() as writing:
        for id_ in new:
            first = days_of(roster, roster.openings[id_])[-1] + 1
            drawn = int.from_bytes(engine.randomness(8), "big") % (SPREAD * SECONDS)
            writing.execute("INSERT OR IGNORE INTO moments VALUES (?, ?)", (id_, first * SECONDS + drawn))


async def _make(engine: Engine, records: Records, opening: bytes) -> None:
    """Make the report, and store it with the record of what it counts, in one transaction; nothing leaves yet."""
    roster, made = engine.roster, engine.roster.openings[opening]
    task, account = roster.tasks[made.task], engine.identity.account
    hashes = [roster.offers[one].hpke_hash for one in made.offers]
    publics = await engine.publics(hashes)
    measurement = counted_now(engine, records, opening)
    cells, counted = measurement
    instance: Any = instance_of(task)
    nonce = engine.randomness(NONCE)
    sharded = instance.shard(
        measurement_context(roster.programme, opening), cells, nonce, engine.randomness(instance.randomness_size)
    )
    leader, *others = sharded.input_shares
    sealed = [
        seal(publics[hash_], "report-share", encode([roster.programme, opening, account, nonce, number]), share)
        for number, (hash_, share) in enumerate(zip(hashes, others, strict=True), 1)
    ]
    report = Report(
        opening,
        engine.identity.device,
        roster.chain.cursor,
        nonce,
        sharded.public_share,
        share_hash(leader),
        tuple(share_hash(one) for one in sealed),
    )
    signature = report.sign(roster.programme, engine.identity.signing)
    ids = (made.task, made.period)
    with engine.vault.write() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?, ?)",
            (opening, nonce, report.encode(), signature, leader, sealed[0], sealed[1] if sealed[1:] else None),
        )
        stage_report(connection, engine.writer.personal, nonce, opening, ids, task, as_numbers(task, cells), counted)


def counted_now(engine: Engine, records: Records, opening: bytes) -> tuple[Any, tuple[bytes, ...]]:
    """The measurement for an opening as it would be made now, and the ids of the records in it."""
    roster, made = engine.roster, engine.roster.openings[opening]
    view = records.view
    done = done_for(roster, engine.identity.account, reported(view, engine.vault.read()), opening)
    given = [*view.records("personal"), *view.records("commons", "resource")]
    found = contribution(
        roster.tasks[made.task],
        made.period,
        given,
        done,
        wellbeing_since=counted_since(view),
        programme=records.programme(),
    )
    return found.cells, found.counted


def as_numbers(task: Task, cells: Any) -> tuple[int, ...]:
    """A measurement as a number for each cell."""
    return tuple(int(cell == cells) for cell in range(task.cells)) if isinstance(cells, int) else tuple(cells)


def _on_their_way(connection: Any) -> list[bytes]:
    return [bytes(id_) for (id_,) in connection.execute("SELECT opening FROM reports ORDER BY opening").fetchall()]


async def _send(engine: Engine, records: Records, opening: bytes) -> list[str]:
    """Send a report whose record has come back from the server; what the server says of it becomes its outcome."""
    connection, log = engine.vault.read(), engine.writer.personal
    record, report, signature, leader, first, second = connection.execute(
        "SELECT record, report, signature, leader, first, second FROM reports WHERE opening = ?", (opening,)
    ).fetchone()
    if connection.execute("SELECT 1 FROM pending WHERE log = ? AND record = ?", (log, record)).fetchone():
        return []
    known = [one for one in reported(records.view, connection) if one.opening == opening]
    others = [one for one in known if one.record != record]
    known_outcome = next((one.outcome for one in known if one.record == record), "")
    if known_outcome in FINAL or any(one.outcome in (TAKEN, COUNTED) for one in others):
        # Another phone of the account reported, or saw what the period was closed with.
        settle(engine, opening, record, known_outcome if known_outcome in FINAL else REFUSED)
        return []
    request = Submission(report, signature, leader, tuple(one for one in (first, second) if one is not None))
    try:
        await engine.patiently(lambda: engine.session.call(partial(engine.transport.send_report, request)))
    except ServerProblem as problem:
        if problem.status not in REFUSALS:
            raise
        if problem.name in WAITS:
            return [Sentence("note_report_waits", problem=problem.name)]
        outcome = _outcome(engine.roster, opening, problem.name, others)
        settle(engine, opening, record, outcome)
        return _told(engine, opening, problem, outcome)
    settle(engine, opening, record, TAKEN)
    return []


def settle(engine: Engine, opening: bytes, record: bytes, outcome: str) -> None:
    """The outcome goes to the account's other phones with the next flush, and the shares are not kept."""
    with engine.vault.write() as connection:
        stage_outcome(connection, engine.writer.personal, record, outcome)
        connection.execute("DELETE FROM reports WHERE opening = ?", (opening,))


def _outcome(roster: RosterState, opening: bytes, problem: str, others: Iterable[Reported]) -> str:
    """Whether a refusal shows that the report is in no total.

    A server that keeps a report and denies it, or whose answer was lost until it was too late, would else have the same
    contacts in the tables of two periods, and in those of all that follow.
    """
    made = roster.openings.get(opening)
    ended = made is not None and made.ended is not None
    taken = problem == "report-exists" and any(one.stands for one in others)
    return REFUSED if ended or taken else DENIED


def _told(engine: Engine, opening: bytes, problem: ServerProblem, outcome: str) -> list[str]:
    if outcome == REFUSED:
        return []
    made = engine.roster.openings.get(opening)
    until = "" if made is None else f" for the period to {calendar_day(days_of(engine.roster, made)[-1])}"
    late = "came too late" if problem.name == "report-late" else f"was refused ({problem.known})"
    safe = "the server may have it, so what it counts is not counted again before the period is closed without it"
    return [f"this account's report{until} {late}: {safe}"]
