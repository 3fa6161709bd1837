"""Takes back what the server lost: verified entries in their old order, by any author (docs/protocol/9-distrust.md).

Judged as a reader of history does, by the roster position that each entry names. Nothing that is new comes this way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.public.ids import genesis
from store.admission import admit, check_log
from store.enrolled import register
from store.entries import at
from store.erasures import is_lost
from store.push import located, readable
from store.rows import Applied, drop_stale
from store.states import ProgrammeState
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Cursor, Entry
from sync.space import writes
from sync.state import RosterState

_FILL = "UPDATE entries SET body = ?1 WHERE programme = ?2 AND log = ?3 AND position = ?4"


@dataclass(frozen=True, slots=True)
class LogOffer:
    """Entries that the client verified directly above `cursor`, which lies on the server's chain."""

    log: bytes
    cursor: Cursor
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Offer:
    """What one session gives back."""

    programme: bytes
    principal: bytes
    logs: Sequence[LogOffer]


def offer(transaction: Transaction, request: Offer, *, day: int) -> ProgrammeState:
    """Take all offered entries, or none, under the server's UTC `day`; those that are there already are skipped.

    Raises Refused `offer-stale`, or as page 8 lists it, with `log` and `sequence` of the first entry that is refused.
    """
    programme = request.programme
    state = readable(transaction.state(programme), request.principal, [one.log for one in request.logs], day)
    if request.principal in state.roster.former:
        raise Refused("not-authorised", "this account has left: its devices read, and give nothing back")
    before, new = state.roster, list[Entry]()
    for one in request.logs:
        _check_cursor(transaction, programme, one)
        for position, entry in enumerate(one.entries, start=one.cursor.position + 1):
            try:
                if not _is_there(transaction, programme, one.log, position, entry):
                    _take(transaction, programme, request.principal, one.log, entry, day)
                    new.append(entry)
            except Refused as refused:
                raise located(refused, one.log, entry) from None
    after = transaction.state(programme)
    if after is None:
        raise LookupError("no such programme")
    register(transaction, before, after.roster, new)
    drop_stale(transaction, Applied(before, after.roster))
    return after


def _check_cursor(transaction: Transaction, programme: bytes, one: LogOffer) -> None:
    chain, position = transaction.chain(programme, one.log), one.cursor.position
    known = transaction.head_at(programme, one.log, position) if position else genesis(programme, one.log)
    if position > chain.position or known != one.cursor.head:
        raise Refused("offer-stale", f"the log stands at position {chain.position}", log=one.log)


def _is_there(transaction: Transaction, programme: bytes, log: bytes, position: int, entry: Entry) -> bool:
    """Whether the server has this very entry at the position; a body that it lost, and never erased, is filled in."""
    if position > transaction.chain(programme, log).position:
        return False
    stored = at(transaction, programme, log, position)
    if stored is None or stored.leaf != entry.leaf:
        raise Refused("offer-stale", "another entry stands at this position")
    if entry.body is not None and is_lost(transaction, programme, log, position):
        transaction.driver.execute(_FILL, (entry.check_body(), programme, log, position))
    return True


def _take(transaction: Transaction, programme: bytes, principal: bytes, log: bytes, entry: Entry, day: int) -> None:
    check_log(log, entry)
    state = transaction.state(programme)
    if state is None:
        raise LookupError("no such programme")
    if entry.body is None and not _could_erase(state.roster, principal, log):
        raise Refused("body-mismatch", "the body is missing, and who offers this could not have erased it")
    admit(transaction, programme, log, entry, day, new=False)


def _could_erase(roster: RosterState, principal: bytes, log: bytes) -> bool:
    """Whether a principal writes to a space: the `erase` that covers a missing body stands further up."""
    space, device = roster.spaces.get(log), roster.devices.get(principal)
    return space is not None and device is not None and writes(roster, space, device)
