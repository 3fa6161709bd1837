"""Void entries of phones that were revoked: never landed, and taken out of the records where they had landed.

What this very phone had written in those that it had believed, before it came in again with new keys, it says again.
A copy of its former keys can have others accepted, with the server's help: they never landed here.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from device import contents, deletions, echoes, erasures, former, landing, reauthoring
from device.debt import treated
from device.ledger import stored_entry
from device.opening import land_entry
from device.voided import hear, load_void, store_void
from sync.device.changes import Content
from sync.device.merge import RecordState, join, merge_content
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
    heard = hear(connection, log, found - void, found, landed)
    if {at for at in found ^ void if at <= landed}:
        own = former.own_words(connection, stated, log, {at for at in found - void if at <= landed})
        if own:
            rebuild(connection, log, found - own, landed, heard)
        before = reauthoring.record_states(connection, log) if own else {}
        rebuild(connection, log, found, landed, heard)
        reauthoring.stage_own(connection, log, before, own, former.devices(connection))
        echoes.stage(connection, log, found - void)
    return found


def matters(gone: dict[bytes, int], entry: Entry) -> bool:
    """Whether an entry says what stands of those who are gone: their own, or a witness from before."""
    header = entry.header
    return header.device in gone or any(header.roster.position < position for position in gone.values())


def rebuild(
    connection: Any, log: bytes, void: frozenset[int], landed: int, heard: Collection[int] = frozenset()
) -> None:
    """The records of a space from its entries up to position `landed`, without the void ones.

    Where the body of an entry is gone, what stands of it stays as it was: the repack that says it may be void now.
    `heard`: those that were believed once. What a repack among them says of such entries counts, too: a thief may have
    repacked a record, waited until its bodies were gone, and then deleted it.
    """
    kept = _bodiless(connection, log, void, landed, heard)
    connection.execute("DELETE FROM records WHERE log = ?", (log,))
    connection.execute("DELETE FROM quarantine WHERE log = ?", (log,))
    for position in range(1, landed + 1):
        entry = stored_entry(connection, log, position)
        if entry is not None and position not in void:
            land_entry(connection, log, position, entry, void)
    landing.carry(connection, log, kept)
    erasures.check_again(connection, log)


def _bodiless(
    connection: Any, log: bytes, void: frozenset[int], landed: int, heard: Collection[int]
) -> dict[bytes, RecordState]:
    """What the records, and repacks that were believed once, have of erased entries that are not void."""
    rows = connection.execute(
        "SELECT position, device FROM entries WHERE log = ? AND position <= ? AND body IS NULL", (log, landed)
    )
    authors = {position: device for position, device in rows if position not in void}
    if not authors:
        return {}
    records = connection.execute("SELECT record, state FROM records WHERE log = ?", (log,)).fetchall()
    states = {record: _first_carried_by(RecordState.decode(blob), authors) for record, blob in records}
    kept = {record: state for record, state in states.items() if state is not None}
    for position in sorted(void.intersection(heard)):
        content = contents.read(connection, log, position, stored_entry(connection, log, position))
        groups = () if content is None else content.groups
        for group in groups:
            if group.origin is not None and authors.get(group.origin.position) == group.origin.device:
                merge_content(kept, Content(0, (group,)), position, group.origin.device, void)
    # What was deleted by somebody else, too, stays deleted: a thief could hide behind it what is shown once it is gone.
    for record, tombstone in deletions.by(connection, log, authors).items():
        kept[record] = join(kept[record], tombstone) if record in kept else tombstone
    return kept


def _first_carried_by(state: RecordState, authors: Mapping[int, bytes]) -> RecordState | None:
    """The part of a state that entries of these authors, by position, carried first; None if nothing stands of it."""
    layers = tuple(layer for layer in state.layers if authors.get(layer.position) == layer.device)
    _, device, position = state.named
    named = authors.get(position) == device
    if not layers and not (state.deleted and named):
        return None
    newest = state.named if named else max((layer.stamp, layer.device, layer.position) for layer in layers)
    return state._replace(named=newest, layers=layers)


def marks(connection: Any, log: bytes) -> list[Mark]:
    """What deciding needs of each stored entry of a space."""
    rows = connection.execute("SELECT position, header, leaf FROM entries WHERE log = ? ORDER BY position", (log,))
    found = []
    for position, raw, leaf in rows:
        header = Header.decode(raw)
        witnesses = header.seen.position, header.roster.position
        found.append(Mark(position, header.device, bytes(leaf), header.prev, *witnesses))
    return found
