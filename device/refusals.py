"""What the phone does when the server refuses an entry: seal anew, drop, or set aside, and go on with the rest."""

from typing import TYPE_CHECKING

from crypto.errors import EncodingError, SignatureInvalid
from crypto.public.base64url import unb64
from crypto.public.signing import verify
from device import outbox
from device.report import Report
from device.transport import Malformed, ServerProblem
from device.writer import CannotSign
from schemas.records import Sentence
from sync.device.replica import ServerFault
from sync.errors import Refused
from sync.log import Header
from sync.witness import witness_log

if TYPE_CHECKING:
    from device.engine import Engine

REFUSALS = (403, 409)
"""Statuses that judge an entry; after any other it is unknown whether the server has stored it."""
RESEAL = frozenset({"epoch-stale", "prev-mismatch", "witness-unknown", "sequence-used"})
"""Refusals of a sealed entry that a pull and a new number cure."""
STALE = RESEAL | {"seen-stale", "wraps-wrong", "keys-wrong"}
"""Refusals after which a statement is decided anew upon a fresh roster."""
HEALING = "healing"
ROWS_WRONG = ("wraps-wrong", "keys-wrong")
CURES = 8


async def cure(engine: "Engine", problem: ServerProblem, report: Report, blocked: set[bytes], cures: int) -> None:
    """After a refused push: pull, then seal anew or set aside, so that one entry never stops the rest.

    The `cures`-th time in this sync: a server may refuse for ever. Raises ServerProblem if there is nothing to cure,
    CannotSign, ServerFault, Malformed, and as `Engine.pull`.
    """
    if problem.status not in REFUSALS:
        raise problem
    log = refused_log(engine, problem, blocked)
    if problem.name == "device-cloned":
        check_clone(engine, problem)
    await engine.pull(report, blocked)
    if problem.name == HEALING and log != engine.identity.programme and cures <= CURES:
        # Everything waits until a lead says that the restore is over; the pull has heard that it has begun.
        return
    if problem.name in ROWS_WRONG and log is None:
        with engine.vault.write() as connection:
            if outbox.drop_repairs(connection, engine.identity.programme):
                # Since they were made the roster has moved on: they are made anew when they are still needed.
                return
    if log is None:
        # Perhaps it was about something that the pull found accepted already; else it would go round for ever.
        if cures > 1:
            raise problem
    elif log in blocked:
        # The server is behind, or has another history: the refusal is its fault, and everything is kept.
        return
    elif log == engine.identity.programme:
        engine.drop_statements()
        report.notes.append(Sentence("note_statement_dropped", problem=problem.known))
    elif log == witness_log(engine.roster):
        # Of another day, or another state: the next sync states what is true then.
        with engine.vault.write() as connection:
            outbox.drop_all(connection, log)
    elif (problem.name in RESEAL or outbox.is_tidying(engine.vault.read(), log)) and cures <= CURES:
        with engine.vault.write() as connection:
            engine.writer.reseal(connection, log)
    else:
        blocked.add(log)
        report.notes.append(Sentence("note_space_refused", problem=problem.known))


def refused_log(engine: "Engine", problem: ServerProblem, blocked: set[bytes]) -> bytes | None:
    """The log of the refused entry, if one of ours was sent there. Wrong rows name none, and come with statements."""
    named = problem.members.get("log")
    try:
        log = unb64(named, 32) if isinstance(named, str) else engine.identity.programme
    except EncodingError:
        raise Malformed("the server refuses an entry of a log that is none") from None
    sent = engine.may_push(log, blocked) and outbox.waiting(engine.vault.read(), log, most=1)
    return log if sent else None


def check_clone(engine: "Engine", problem: ServerProblem) -> None:
    """`device-cloned` is believed only with this phone's own signature on another entry under a number that waits here.

    Every entry of the past bears that signature. Raises CannotSign, or ServerFault.
    """
    try:
        raw, signature = (unb64(str(problem.members.get(name, ""))) for name in ("header", "signature"))
        verify(engine.identity.signing.public, "entry", raw, signature)
        header = Header.decode(raw)
    except (SignatureInvalid, EncodingError, Refused):
        raise ServerFault(None, "the server claims a copy of this phone, and cannot show its signature") from None
    ours = outbox.waiting_one(engine.vault.read(), header.log, header.sequence)
    if ours is None or ours.entry.raw_header == raw:
        raise ServerFault(header.log, "the server claims a copy of this phone, and shows this phone's own entry")
    with engine.vault.write() as connection:
        engine.writer.mark_cloned(connection)
    raise CannotSign(engine.writer.silenced)
