"""Applies all pushes of one sync request, or none of them (docs/protocol/6-sync.md)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from store.admission import admit, check_log
from store.enrolled import register
from store.entries import find
from store.rows import Applied, Rows, settle
from store.states import ProgrammeState
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.session import principal_key
from sync.space import logs_of
from sync.state import RosterState
from sync.statements import Join, decode_statement


@dataclass(frozen=True, slots=True)
class LogPush:
    """A log that the client asks for, and the entries it adds there."""

    log: bytes
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """What one session wants to change. `principal` is whoever opened the session."""

    programme: bytes
    principal: bytes
    logs: Sequence[LogPush]
    rows: Rows = field(default_factory=Rows)


@dataclass(frozen=True, slots=True)
class Pushed:
    """`before`: ends of the asked logs before the push; `accepted`: (sequence, position), for each of them."""

    state: ProgrammeState
    before: dict[bytes, Cursor]
    accepted: dict[bytes, list[tuple[int, int]]]


def push(transaction: Transaction, request: Push, *, day: int) -> Pushed:
    """Apply a request under the server's UTC `day`.

    Raises Refused as page 8 lists it, with `log` and `sequence` of the first entry that is refused.
    """
    programme = request.programme
    state = readable(transaction.state(programme), request.principal, [one.log for one in request.logs], day)
    check_pusher(state.roster, request)
    applied = Applied(state.roster, state.roster)
    before = {one.log: transaction.chain(programme, one.log).cursor for one in request.logs}
    accepted: dict[bytes, list[tuple[int, int]]] = {one.log: [] for one in request.logs}
    for one in request.logs:
        for entry in one.entries:
            try:
                position, repeated = _accept(transaction, programme, one.log, entry, day)
            except Refused as refused:
                raise located(refused, one.log, entry) from None
            (applied.repeated if repeated else applied.new).append(entry)
            accepted[one.log].append((entry.header.sequence, position))
    after = transaction.state(programme)
    if after is None:
        raise LookupError("no such programme")
    if applied.new and (request.rows or after.roster is not state.roster):
        applied = Applied(state.roster, after.roster, applied.new, applied.repeated)
        register(transaction, state.roster, after.roster, applied.new)
        settle(transaction, applied, request.rows)
    elif request.rows and not applied.repeated:
        raise Refused("rows-without-entry", "no entry came with the wraps, keys or names")
    return Pushed(after, before, accepted)


def readable(state: ProgrammeState | None, principal: bytes, logs: Sequence[bytes], day: int) -> ProgrammeState:
    """The state, if the principal is active on the server's UTC `day` and may read all these logs.

    Raises Refused `session-required`, `log-unknown` (also for logs that exist elsewhere), `log-repeated`.
    """
    if state is None or principal_key(state.roster, principal, day) is None:
        raise Refused("session-required", "the principal of this session is not active any more")
    allowed = logs_of(state.roster, principal)
    for number, log in enumerate(logs):
        if log not in allowed:
            raise Refused("log-unknown", "there is no such log for this principal", log=log)
        if log in logs[:number]:
            raise Refused("log-repeated", "each log stands in a request once", log=log)
    return state


def check_pusher(roster: RosterState, request: Push) -> None:
    """A device pushes what it wrote itself, an invite one `join` through itself; else Refused `not-authorised`."""
    for one in request.logs:
        for entry in one.entries:
            try:
                if not _may_push(roster, request, entry):
                    raise Refused("not-authorised", "a session pushes only what its own principal wrote")
            except Refused as refused:
                raise located(refused, one.log, entry) from None


def _may_push(roster: RosterState, request: Push, entry: Entry) -> bool:
    header = entry.header
    if request.principal in roster.devices:
        return header.device == request.principal
    if header.kind != Join.kind or sum(len(one.entries) for one in request.logs) != 1:
        return False
    join = decode_statement(header.kind, entry.check_body())
    return isinstance(join, Join) and join.invite == request.principal


def _accept(transaction: Transaction, programme: bytes, log: bytes, entry: Entry, day: int) -> tuple[int, bool]:
    """Position of the entry, and whether it stood there already."""
    header = entry.header
    check_log(log, entry)
    chain = transaction.chain(programme, log, header.device)
    if header.sequence <= chain.author(header.device).sequence:
        stored = find(transaction, programme, log, header.device, header.sequence)
        if stored is not None and stored.leaf == entry.leaf:
            return stored.position, True
        if stored is not None:
            raise Refused(
                "device-cloned",
                "another entry stands under this number",
                header=stored.header,
                signature=stored.signature,
            )
    return admit(transaction, programme, log, entry, day, new=True), False


def located(refused: Refused, log: bytes, entry: Entry) -> Refused:
    """The refusal, with what finds the entry meant."""
    members = {**refused.members, "log": log}
    # Of a header that does not decode the log is all that can be said.
    with suppress(Refused):
        members["sequence"] = entry.header.sequence
    return Refused(refused.problem, refused.detail, **members)
