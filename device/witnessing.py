"""Stating once a month, on a random day, what this account has verified; and where to begin to read."""

from functools import partial
from typing import TYPE_CHECKING, Any

from crypto.public.encoding import decode, encode
from crypto.public.randomness import Randomness
from device import outbox
from device.ledger import begin_at
from device.refusals import REFUSALS, cure
from device.report import Report
from device.transport import ServerProblem
from device.witnessed import is_read, joined_on, newest_witness
from sync.device.author import state_entry
from sync.log import Cursor
from sync.state import RosterState
from sync.witness import READ_BACK, WITNESS, Witness, digest, shared_logs, witness_log

if TYPE_CHECKING:
    from device.engine import Engine

DUE = "witness_due"
FIRST = range(1, 31)
"""Days after joining, one of which is picked for the first witness of an account; not the first, which is busy."""
NEXT = range(16, 44)
"""Days after the account's newest witness, one of which is picked: the day tells nothing of its author's habits."""


async def begin(engine: "Engine") -> None:
    """Leave out what is older than READ_BACK days of a log that this phone has not read yet.

    Also when the server did not know the beginning it gave: it was put back, or lied. Raises as a request does.
    """
    roster, connection = engine.roster, engine.vault.read()
    log = witness_log(roster)
    followed = connection.execute("SELECT note FROM logs WHERE log = ?", (log,)).fetchone()
    if is_read(connection, roster) or (followed is not None and not followed[0]):
        return
    founder = min(roster.accounts, key=lambda id_: roster.accounts[id_].joined)
    if engine.writer.day() - joined_on(connection, roster, founder) <= READ_BACK:
        return
    answer = await engine.patiently(partial(engine.session.call, engine.transport.witness))
    at = Cursor(answer.begin.position, answer.begin.head)
    if at.position:
        with engine.vault.write() as writing:
            begin_at(writing, log, WITNESS, at)
        engine.ledger.begin(log, at)


def plan(connection: Any, roster: RosterState, account: bytes, day: int, randomness: Randomness) -> None:
    """Pick the day of the account's next witness, once for each newest one, in the caller's transaction."""
    if account not in roster.accounts:
        return
    newest = newest_witness(connection, account)
    position, since = (0, joined_on(connection, roster, account)) if newest is None else newest
    planned = load_due(connection)
    # A day that a wrong clock wrote must not silence the account for years.
    if planned is not None and planned[0] == position and planned[1] <= day + NEXT[-1]:
        return
    days = FIRST if newest is None else NEXT
    due = min(since, day) + days[int.from_bytes(randomness(4), "big") % len(days)]
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (DUE, encode([position, due])))


def load_due(connection: Any) -> tuple[int, int] | None:
    """Position of the witness after which was planned, 0 for the first; and the planned day."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (DUE,)).fetchone()
    if row is None:
        return None
    value: Any = decode(row[0])
    return value[0], value[1]


async def witness(engine: "Engine") -> None:
    """State what this phone has verified, if the account's day has come. To be called after a sync.

    A phone that does not believe the server in some log states nothing: the others will see the silence.
    Raises as `Engine.sync`; what was not sent stays in the outbox.
    """
    if not is_due(engine):
        return
    log = witness_log(engine.roster)
    with engine.vault.write() as connection:
        entry = state_entry(engine.writer.place(connection, log), stated(engine), engine.identity.signing)
        outbox.put(connection, entry)
    report, blocked = Report(), set[bytes]()
    try:
        await engine.pull(report, blocked, push=[log])
    except ServerProblem as problem:
        if problem.status not in REFUSALS:
            raise
        await cure(engine, problem, report, blocked, 1)


def is_due(engine: "Engine") -> bool:
    if engine.writer.silenced or not engine.enrolled:
        return False
    connection = engine.vault.read()
    planned = load_due(connection)
    doubted = connection.execute("SELECT 1 FROM logs WHERE note <> ''").fetchone()
    waits = outbox.waiting(connection, witness_log(engine.roster), most=1)
    return planned is not None and planned[1] <= engine.writer.day() and not doubted and not waits


def stated(engine: "Engine") -> Witness:
    """The verified state of this phone's logs."""
    roster = engine.roster
    chains = {log: engine.ledger.chain(roster.programme, log) for log in shared_logs(roster, engine.identity.device)}
    own = engine.ledger.chain(roster.programme, engine.writer.personal)
    shared = tuple((log, chain.cursor) for log, chain in chains.items())
    return Witness(engine.writer.day(), digest(own.position, own.head), shared)
