"""Void entries of phones that were revoked: never landed, and taken out of the records where they had landed.

What this very phone had written in those that it had believed, before it came in again with new keys, it says again.
A copy of its former keys can have others accepted, with the server's help: they never landed here.
"""

from collections.abc import Sequence
from typing import Any

from device import erasures, former, reauthoring
from device.debt import treated
from device.ledger import stored_entry
from device.opening import land_entry
from device.voided import load_void, store_void
from sync.log import Chain, Entry, Header
from sync.state import RosterState
from sync.void import Mark, void_positions


def void_now(
    connection: Any, stated: RosterState, chain: Chain, fresh: Sequence[tuple[int, Entry]], *, anew: bool = False
) -> frozenset[int]:
    """Void positions of a space whose entries up to `chain` are stored, the `fresh` ones not yet landed.

    If others than before are void among those that landed, the records are built anew, pending changes as they were.
    `anew`: what was decided before was decided upon another history.
    """
    roster = treated(connection, stated)
    log, gone = chain.log, {id_: roster.former[id_].position for id_ in chain.authors if id_ in roster.former}
    known, void = load_void(connection, log)
    if not anew and gone == known and not any(matters(gone, entry) for _, entry in fresh):
        return void
    found = void_positions(roster, log, marks(connection, log)) if gone else frozenset[int]()
    store_void(connection, log, gone, found)
    landed = chain.position - len(fresh)
    if {at for at in found ^ void if at <= landed}:
        own = former.own_words(connection, stated, log, {at for at in found - void if at <= landed})
        if own:
            rebuild(connection, log, found - own, landed)
        before = reauthoring.record_states(connection, log) if own else {}
        rebuild(connection, log, found, landed)
        reauthoring.stage_own(connection, log, before, own, former.devices(connection))
    return found


def matters(gone: dict[bytes, int], entry: Entry) -> bool:
    """Whether an entry says what stands of those who are gone: their own, or a witness from before."""
    header = entry.header
    return header.device in gone or any(header.roster.position < position for position in gone.values())


def rebuild(connection: Any, log: bytes, void: frozenset[int], landed: int) -> None:
    """The records of a space from its entries up to position `landed`, without the void ones."""
    connection.execute("DELETE FROM records WHERE log = ?", (log,))
    connection.execute("DELETE FROM quarantine WHERE log = ?", (log,))
    for position in range(1, landed + 1):
        entry = stored_entry(connection, log, position)
        if entry is not None and position not in void:
            land_entry(connection, log, position, entry, void)
    erasures.check_again(connection, log)


def marks(connection: Any, log: bytes) -> list[Mark]:
    """What deciding needs of each stored entry of a space."""
    rows = connection.execute("SELECT position, header, leaf FROM entries WHERE log = ? ORDER BY position", (log,))
    found = []
    for position, raw, leaf in rows:
        header = Header.decode(raw)
        witnesses = header.seen.position, header.roster.position
        found.append(Mark(position, header.device, bytes(leaf), header.prev, *witnesses))
    return found
