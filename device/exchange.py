"""One round trip: a request from the outbox and the cursors, and what is believed of its answer.

`compose` reads, `judge` verifies without changing anything, `store` writes what was verified, in one transaction.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from crypto.public.ids import leaf
from device import outbox
from device.erasures import find_named
from device.ledger import Ledger, heads_of, own_heads, store_entries
from device.outbox import NO_ROWS, Rows
from schemas import wire
from sync.answer import Answer, Standing
from sync.device.replica import Placed, Pulled, ServerFault, check_positions, grow_roster, grow_space
from sync.errors import Refused
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


def judge(
    connection: Any,
    ledger: Ledger,
    programme: bytes,
    request: wire.SyncRequest,
    answer: wire.SyncAnswer,
    trusted: bytes = b"",
) -> Believed:
    """Everything that can be checked of an answer; raises ServerFault if nothing of it can be believed.

    `trusted`: the server key under which the last answer was believed; empty before the first.
    """
    if [one.log for one in answer.logs] != [one.log for one in request.logs]:
        raise ServerFault(None, "the answer is about other logs than were asked for")
    pulled = [pulled_log(connection, asked, got) for asked, got in zip(request.logs, answer.logs, strict=True)]
    roster, logs, signed_by = ledger.roster or RosterState.start(programme), [], b""
    for one in pulled:
        if one.log == programme:
            before = roster
            roster, placed = grow_roster(roster, one) if one.known else (roster, [])
            logs.append(LogState(one.log, one.known, one.head, one.more, roster.chain, placed))
            keys = {roster.server_key, trusted or before.server_key} if before.server_key else {roster.server_key}
            signed_by = check_signature(keys, programme, request, answer, pulled)
            if one.more:
                # Entries of spaces may name members and epochs that stand further up in the roster.
                break
        else:
            logs.append(judge_space(connection, ledger, roster, one))
    if not roster.server_key:
        raise ServerFault(programme, "the answer holds no founding statement")
    check_progress(request, logs)
    return Believed(answer.day, answer.challenge, roster, logs, answer.healing, signed_by)


def check_progress(request: wire.SyncRequest, logs: Sequence[LogState]) -> None:
    """Each answer brings something or is the last, and brings back what was pushed; raises ServerFault.

    A server that promises more for ever, or forgets what it just took, would keep the phone asking for ever.
    """
    if any(one.fault for one in logs):
        return
    if any(one.more for one in logs) and not any(one.placed for one in logs):
        raise ServerFault(None, "the server promises more entries and sends none")
    sent = {one.log: {leaf(entry.header, entry.signature) for entry in one.entries} for one in request.logs}
    for one in logs:
        if one.known and not one.more and sent[one.log] - {placed.entry.leaf for placed in one.placed}:
            raise ServerFault(one.log, "the server does not show an entry that it has just accepted")


def is_abridged(answer: wire.SyncAnswer) -> bool:
    """Whether it names entries of this phone by their numbers alone."""
    return any(isinstance(entry, wire.OwnEntry) for one in answer.logs for entry in one.entries)


def check_signature(
    keys: Collection[bytes],
    programme: bytes,
    request: wire.SyncRequest,
    answer: wire.SyncAnswer,
    pulled: Sequence[Pulled],
) -> bytes:
    """Which of `keys` signed the answer: the one trusted so far, or the one that its statements lead to.

    Raises ServerFault if none did. The old key stays good until the new one has answered: a key that was mistyped in
    the statement would otherwise end the programme.
    """
    standings = [Standing(one.log, one.asked, one.head, one.known) for one in pulled]
    said = Answer(programme, request.challenge, answer.day, standings)
    for key in sorted(keys):
        with suppress(Refused):
            said.check(key, answer.signature)
            return key
    raise ServerFault(None, "the answer is not signed by the programme's server")


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
    pulled = Pulled(
        asked.log,
        Cursor(asked.cursor.position, asked.cursor.head),
        got.known,
        Cursor(got.head.position, got.head.head),
        entries,
        got.more,
    )
    check_positions(pulled, [item.position for item in got.entries])
    if not got.known and (entries or got.more):
        raise ServerFault(asked.log, "entries above a cursor which the server says it does not know")
    return pulled


def judge_space(connection: Any, ledger: Ledger, roster: RosterState, pulled: Pulled) -> LogState:
    chain = ledger.chain(roster.programme, pulled.log)
    start = ledger.start(roster.programme, pulled.log)
    state = LogState(pulled.log, pulled.known, pulled.head, pulled.more, chain)
    if not pulled.known:
        return state
    try:
        heads, find = heads_of(connection, start, pulled.log), find_named(connection, pulled.log)
        grown, placed = grow_space(roster, chain, heads, pulled, find)
    except ServerFault as fault:
        return LogState(pulled.log, pulled.known, pulled.head, more=False, chain=chain, fault=fault.reason)
    return LogState(pulled.log, pulled.known, pulled.head, pulled.more, grown, placed)


def store(connection: Any, believed: Believed) -> None:
    """Store the verified entries; the caller's transaction moves all cursors with them or none."""
    for one in believed.logs:
        store_entries(connection, one.log, one.placed)
        note = one.fault or ("" if one.known else standing_note(connection, believed.roster.programme, one))
        connection.execute(
            "INSERT INTO logs(log, name, position, head, stamp, note) VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT(log) DO"
            " UPDATE SET position = excluded.position, head = excluded.head, note = excluded.note",
            (one.log, log_name(believed.roster, one.log), one.chain.position, one.chain.head, note),
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
