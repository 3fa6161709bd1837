"""One round trip: a request from the outbox and the cursors, and what is believed of its answer.

`compose` reads, `judge` verifies without changing anything, `store` writes what was verified, in one transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crypto.public.ids import leaf
from device import outbox
from device.erasures import find_named
from device.ledger import Ledger, heads_of, own_heads, store_entries
from device.outbox import NO_ROWS, Rows
from schemas import wire
from sync.answer import Answer, Standing
from sync.device.replica import Placed, Pulled, ServerFault, check_positions, grow_roster, grow_space
from sync.evidence import Signed
from sync.log import Chain, Cursor, Entry
from sync.state import RosterState
from sync.witness import WITNESS, witness_log

PUSH_BYTES = 2 * 1024 * 1024
"""Bodies of one request; what is left goes with the next."""


@dataclass(frozen=True)
class LogState:
    """What the phone now believes of one log. `fault` is the server's; then nothing of it was believed."""

    log: bytes
    known: bool
    head: Cursor
    more: bool
    chain: Chain
    placed: Sequence[Placed] = ()
    fault: str = ""


@dataclass(frozen=True)
class Believed:
    """A verified answer. `roster` is the state to judge everything else by; `logs` are in the order asked.

    `signed_by`: the server key that signed it. `healing`: the server says that it takes nothing new, unsigned.
    """

    day: int
    challenge: bytes
    signed: Signed
    roster: RosterState
    logs: Sequence[LogState] = field(default_factory=list)
    healing: bool = False
    signed_by: bytes = b""


def compose(
    connection: Any,
    ledger: Ledger,
    programme: bytes,
    logs: Sequence[bytes],
    *,
    pushed: Sequence[bytes],
    challenge: bytes,
    own: bool = False,
    budget: int = wire.DEFAULT_BUDGET,
) -> wire.SyncRequest:
    """The request for `logs`, with waiting entries of those in `pushed`; `own` asks for own entries in full."""
    parts: list[wire.LogRequest] = []
    rows, room = NO_ROWS, PUSH_BYTES
    for log in logs:
        entries: list[wire.Entry] = []
        for one in outbox.waiting(connection, log) if log in pushed else ():
            room -= len(one.entry.body or b"")
            if room < 0 and (entries or parts):
                break
            entries.append(wire_entry(one.entry))
            rows += one.rows
        cursor = ledger.chain(programme, log).cursor
        parts.append(
            wire.LogRequest(
                log=log, cursor=wire.Cursor(position=cursor.position, head=cursor.head), entries=entries, own=own
            )
        )
    return wire.SyncRequest(challenge=challenge, budget=budget, logs=parts, **wire_rows(rows))


def wire_entry(entry: Entry) -> wire.Entry:
    return wire.Entry(header=entry.raw_header, body=entry.body, signature=entry.signature)


def wire_rows(rows: Rows) -> dict[str, Any]:
    return {
        "keys": list(rows.keys),
        "wraps": [wire.Wrap(log=log, epoch=epoch, reader=reader, wrap=wrap) for log, epoch, reader, wrap in rows.wraps],
        "name": rows.name or None,
        "taken": list(rows.taken),
    }


def signed_answer(programme: bytes, request: wire.SyncRequest, answer: wire.SyncAnswer) -> Signed:
    """What the server has to have signed. Raises ServerFault if it is about other logs."""
    if [one.log for one in answer.logs] != [one.log for one in request.logs]:
        raise ServerFault(None, "the answer is about other logs than were asked for")
    standings = [
        Standing(asked.log, cursor_of(asked.cursor), cursor_of(got.head), got.known)
        for asked, got in zip(request.logs, answer.logs, strict=True)
    ]
    return Signed(Answer(programme, request.challenge, answer.day, standings).message(), answer.signature)


def cursor_of(cursor: wire.Cursor) -> Cursor:
    return Cursor(cursor.position, cursor.head)


def judge(
    connection: Any,
    ledger: Ledger,
    programme: bytes,
    request: wire.SyncRequest,
    answer: wire.SyncAnswer,
    trusted: bytes = b"",
) -> Believed:
    """Everything that can be checked of an answer; raises ServerFault if nothing of it can be believed.

    `trusted`: the server key under which the last answer was believed; empty before the first. A bad signature and a
    bad roster spoil everything, which is judged by them. Of another log that is answered badly nothing is believed,
    and the others go on.
    """
    signed = signed_answer(programme, request, answer)
    before, roster, logs = ledger.roster, ledger.roster or RosterState.start(programme), list[LogState]()
    for asked, got in zip(request.logs, answer.logs, strict=True):
        if asked.log != programme:
            logs.append(judge_space(connection, ledger, roster, asked, got))
            continue
        pulled = pulled_log(connection, asked, got)
        roster, placed = grow_roster(roster, pulled) if pulled.known else (roster, [])
        logs.append(LogState(programme, pulled.known, pulled.head, pulled.more, roster.chain, placed))
        if pulled.more:
            # Entries of spaces may name members and epochs that stand further up in the roster.
            break
    if not roster.server_key:
        raise ServerFault(programme, "the answer holds no founding statement")
    keys = {roster.server_key} if before is None else {roster.server_key, trusted or before.server_key}
    signed_by = check_signature(keys, signed)
    grown = with_progress(ledger, programme, request, logs)
    return Believed(answer.day, answer.challenge, signed, roster, grown, answer.healing, signed_by)


def with_progress(
    ledger: Ledger, programme: bytes, request: wire.SyncRequest, logs: Sequence[LogState]
) -> list[LogState]:
    """Each answer brings something or is the last, and brings back what was pushed; else it is a fault of that log.

    A server that promises more for ever, or forgets what it just took, would keep the phone asking for ever.
    Raises ServerFault if it is the roster.
    """
    sent = {one.log: {leaf(entry.header, entry.signature) for entry in one.entries} for one in request.logs}
    stalled = not any(one.fault or one.placed for one in logs)

    def judged(one: LogState) -> LogState:
        if one.more and stalled:
            reason = "the server promises more entries and sends none"
        elif one.known and not one.more and sent[one.log] - {placed.entry.leaf for placed in one.placed}:
            reason = "the server does not show an entry that it has just accepted"
        else:
            return one
        if one.log == programme:
            raise ServerFault(programme, reason)
        return replace(one, more=False, chain=ledger.chain(programme, one.log), placed=(), fault=reason)

    return [one if one.fault else judged(one) for one in logs]


def is_abridged(answer: wire.SyncAnswer) -> bool:
    """Whether it names entries of this phone by their numbers alone."""
    return any(isinstance(entry, wire.OwnEntry) for one in answer.logs for entry in one.entries)


class Unsigned(ServerFault):
    """The answer, `signed`, is by another key than those that the programme's server may have."""

    def __init__(self, signed: Signed) -> None:
        super().__init__(None, "the answer is not signed by the programme's server")
        self.signed = signed


def check_signature(keys: Collection[bytes], signed: Signed) -> bytes:
    """Which of `keys` signed the answer: the one trusted so far, or the one that its statements lead to.

    Raises Unsigned if none did. The old key stays good until the new one has answered: a key that was mistyped in
    the statement would otherwise end the programme.
    """
    for key in sorted(keys):
        if signed.is_by(key):
            return key
    raise Unsigned(signed)


def pulled_log(connection: Any, asked: wire.LogRequest, got: wire.LogAnswer) -> Pulled:
    """The answer for one log, own entries filled in from the outbox."""
    entries = []
    for item in got.entries:
        if isinstance(item, wire.PulledEntry):
            entries.append(Entry(item.header, item.signature, item.body))
            continue
        own = outbox.waiting_one(connection, asked.log, item.sequence)
        if own is None:
            raise ServerFault(asked.log, f"entry {item.sequence} is said to be this phone's, which never wrote it")
        entries.append(own.entry)
    pulled = Pulled(asked.log, cursor_of(asked.cursor), got.known, cursor_of(got.head), entries, got.more)
    check_positions(pulled, [item.position for item in got.entries])
    if not got.known and (entries or got.more):
        raise ServerFault(asked.log, "entries above a cursor which the server says it does not know")
    return pulled


def judge_space(
    connection: Any, ledger: Ledger, roster: RosterState, asked: wire.LogRequest, got: wire.LogAnswer
) -> LogState:
    chain = ledger.chain(roster.programme, asked.log)
    start = ledger.start(roster.programme, asked.log)
    state = LogState(asked.log, got.known, cursor_of(got.head), more=False, chain=chain)
    try:
        pulled = pulled_log(connection, asked, got)
        if not pulled.known:
            return state
        heads, find = heads_of(connection, start, asked.log), find_named(connection, asked.log)
        grown, placed = grow_space(roster, chain, heads, pulled, find)
    except ServerFault as fault:
        return replace(state, fault=fault.reason)
    return replace(state, more=pulled.more, chain=grown, placed=placed)


def store(connection: Any, believed: Believed) -> None:
    """Store the verified entries; the caller's transaction moves all cursors with them or none."""
    for one in believed.logs:
        store_entries(connection, one.log, one.placed)
        stood = believed.roster.chain.position if one.known and not one.fault else 0
        note = one.fault or ("" if one.known else standing_note(connection, believed.roster.programme, one))
        connection.execute(
            "INSERT INTO logs(log, name, position, head, stamp, note, stood) VALUES (?, ?, ?, ?, 0, ?, ?)"
            " ON CONFLICT(log) DO UPDATE SET position = excluded.position, head = excluded.head, note = excluded.note,"
            " stood = MAX(stood, excluded.stood)",
            (one.log, log_name(believed.roster, one.log), one.chain.position, one.chain.head, note, stood),
        )


def is_behind(connection: Any, programme: bytes, one: LogState) -> bool:
    """Whether the server's head lies on the chain that this phone has verified, below its end."""
    _, heads = own_heads(connection, programme, one.log)
    below = one.head.position < one.chain.position
    return not one.known and not one.fault and below and heads(one.head.position) == one.head.head


def standing_note(connection: Any, programme: bytes, one: LogState) -> str:
    start, _ = own_heads(connection, programme, one.log)
    # Of what lies below its beginning this phone cannot tell.
    if is_behind(connection, programme, one) or one.head.position < start.position:
        return "behind: the server lost entries that this phone has"
    return "contradiction: the server shows another history than this phone verified"


def log_name(roster: RosterState, log: bytes) -> str:
    names = {roster.programme: "roster", witness_log(roster): WITNESS}
    return names.get(log) or roster.spaces[log].name
