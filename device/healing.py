"""Gives back what a server lost that was put back from a backup: the same entries in their old order, roster first.

Nothing here changes what the phone knows, so a crash or a lost answer costs nothing: the next answer says where the
server stands (docs/protocol/9-distrust.md).
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from crypto.secret.invite import InviteKeys
from device import refilling, repairing
from device.exchange import PUSH_BYTES, check_signature, pulled_log, signed_answer, wire_entry
from device.ledger import entries_above, own_heads
from device.refusals import REFUSALS
from device.report import Report
from device.session import Session
from device.transport import ServerProblem
from schemas import wire
from sync.device.replica import ServerFault
from sync.log import Cursor, Entry
from sync.space import writes
from sync.state import RosterState

if TYPE_CHECKING:
    from device.engine import Engine

STRANGER = ("session-refused", "session-required")
UNKNOWN_LOG = "log-unknown"


async def heal(engine: "Engine", report: Report, blocked: set[bytes]) -> bool:
    """Offer what the server lacks of the logs that its last answers showed to be behind, each once a `report`.

    True if one of them stands again as this phone knows it: it leaves `blocked`. Raises as `Engine.round`.
    """
    programme, stands = engine.identity.programme, False
    for log in sorted(engine.behind, key=lambda log: log != programme):
        if log in report.healed or (log != programme and programme in blocked):
            # What stands in the spaces names members and keys of the roster.
            continue
        report.healed.add(log)
        try:
            whole = await give_back(engine, log, engine.behind[log], report)
        except ServerProblem as problem:
            if problem.status not in REFUSALS and problem.name != UNKNOWN_LOG:
                raise
            report.notes.append(f"the server does not take back what it lost ({problem.known})")
            continue
        if whole:
            del engine.behind[log]
            blocked.discard(log)
            stands = True
    return stands


async def give_back(engine: "Engine", log: bytes, head: Cursor, report: Report) -> bool:
    """Offer the entries of one log above the server's head, page by page. False if another history shows up.

    Raises ServerFault for an answer that no honest server gives.
    """
    connection, roster = engine.vault.read(), engine.roster
    _, heads = own_heads(connection, roster.programme, log)
    end = engine.ledger.chain(roster.programme, log).position
    while head.position < end:
        page = page_above(connection, log, head.position, bare=could_erase(roster, engine.identity.device, log))
        if not page:
            return False
        with engine.vault.write() as writing:
            refilling.mark(writing, log, page)
        reached = await _offer(engine, log, head, page)
        if reached.position <= head.position:
            raise ServerFault(log, "the server took back entries, and does not have them")
        given = min(reached.position, end) - head.position
        report.given_back += given
        repairing.mark_due(engine.vault)
        if reached.position <= end and heads(reached.position) != reached.head:
            return False
        head = reached
    return True


async def refill(engine: "Engine") -> None:
    """Offer once more the bodies that withdrawals saved which this phone has given back. Raises as `give_back`."""
    connection = engine.vault.read()
    for log in engine.logs():
        saved = refilling.due(connection, log)
        if saved is None or log in engine.unknown:
            continue
        _, heads = own_heads(connection, engine.identity.programme, log)
        low, high = saved
        while page := page_above(connection, log, low - 1, bare=True)[: high - low + 1]:
            await _offer(engine, log, Cursor(low - 1, heads(low - 1) or b""), page)
            low += len(page)
        with engine.vault.write() as writing:
            refilling.clear(writing, log)


async def _offer(engine: "Engine", log: bytes, head: Cursor, page: Sequence[Entry]) -> Cursor:
    """The head that the server signs for a log after it was offered what stands above `head`."""
    roster = engine.roster
    request = offer_of(log, head, page, engine.randomness(32))
    answer = await engine.patiently(partial(engine.session.call, partial(engine.transport.sync, request)))
    engine.session.challenge = answer.challenge
    keys = {roster.server_key, engine.identity.server_key or roster.server_key}
    return judge_offer(engine.vault.read(), keys, roster.programme, request, answer)


async def return_by_invite(engine: "Engine", report: Report) -> bool:
    """For a phone whose own `join` the server lost: as the invite it came by, offer the roster, with that `join`.

    True if something was given back; then the phone may be known again. Raises as `Engine.round`.
    """
    identity, own = engine.identity, engine.session
    if not identity.secret or not engine.enrolled:
        return False
    invite = InviteKeys.from_secret(identity.secret)
    guest, given = Session(engine.transport, invite.id, invite.signing), Report()
    engine.session = guest
    try:
        await engine.patiently(guest.open)
        if guest.programme == identity.programme:
            blocked = set[bytes]()
            await engine.round(given, blocked, push=(), logs=[identity.programme])
            await heal(engine, given, blocked)
    except ServerProblem as problem:
        # The server does not know this invite either; or its `join` has just spent it, and ended this session.
        if problem.name not in STRANGER:
            raise
    finally:
        engine.session = own
    report.given_back += given.given_back
    return given.given_back > 0


def could_erase(roster: RosterState, device: bytes, log: bytes) -> bool:
    """Whether the server takes entries of a log without their erased bodies from this device: it may write there."""
    space, known = roster.spaces.get(log), roster.devices.get(device)
    return space is not None and known is not None and writes(roster, space, known)


def offer_of(log: bytes, head: Cursor, page: Sequence[Entry], challenge: bytes) -> wire.SyncRequest:
    """A request that offers a page of what stands above `head`."""
    entries = [wire_entry(entry) for entry in page]
    cursor = wire.Cursor(position=head.position, head=head.head)
    return wire.SyncRequest(
        challenge=challenge, logs=[wire.LogRequest(log=log, cursor=cursor, entries=entries, offer=True)]
    )


def page_above(connection: Any, log: bytes, position: int, *, bare: bool) -> Sequence[Entry]:
    """At most what a request takes; nothing behind an erased body unless `bare`, else at least one entry."""
    page, room = list[Entry](), PUSH_BYTES
    for entry in entries_above(connection, log, position):
        room -= len(entry.body or b"")
        if entry.body is None and not bare:
            break
        if page and (room < 0 or len(page) == wire.MAX_ENTRIES):
            break
        page.append(entry)
    return page


def judge_offer(
    connection: Any, keys: Collection[bytes], programme: bytes, request: wire.SyncRequest, answer: wire.SyncAnswer
) -> Cursor:
    """The head that the server signed, with one of its `keys`, for the offered log; raises ServerFault."""
    signed = signed_answer(programme, request, answer)
    pulled = pulled_log(connection, request.logs[0], answer.logs[0])
    check_signature(keys, signed)
    if not pulled.known or pulled.entries or pulled.more:
        raise ServerFault(pulled.log, "the answer to an offer is not one")
    return pulled.head


def is_announced(connection: Any) -> bool:
    """Whether the last answer said that the server is being restored."""
    return connection.execute("SELECT 1 FROM meta WHERE key = 'healing'").fetchone() is not None


def note_announced(connection: Any, *, healing: bool) -> None:
    if healing:
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('healing', ?)", (b"\x01",))
    else:
        connection.execute("DELETE FROM meta WHERE key = 'healing'")
