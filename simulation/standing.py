"""What departures leave standing, worked out anew from docs/protocol/3-log.md, section *Void entries*.

It is written from the page and knows nothing of `sync.void`: slowly, entry by entry, and from the whole log.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from device.keyring import held_key
from device.rebuilding import rebuild
from simulation.ledger import all_said, said_of
from sync.device.author import open_entry
from sync.device.changes import Group, decode_content
from sync.log import Entry
from sync.space import SEALED
from sync.state import Former, RosterState
from sync.statement import Statement
from sync.statements import Revoke, decode_statement

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

Log = dict[int, Entry]


def void(roster: RosterState, log: bytes, entries: Log) -> set[int]:
    """Positions of the void entries of a space."""
    found: dict[int, int] = {}
    for left in sorted({former.position for former in roster.former.values()}):
        gone = {id_: former for id_, former in roster.former.items() if former.position == left}
        seen = max(
            (
                entry.header.seen.position
                for position, entry in entries.items()
                if entry.header.roster.position < left and entry.header.device not in gone and position not in found
            ),
            default=0,
        )
        for id_, former in gone.items():
            if log == roster.space_log("personal", former.device.account) and removed(roster, former):
                continue
            stands = accepted(entries, id_, former.accepted.get(log, b""))
            for position, entry in entries.items():
                mine = entry.header.device == id_
                if mine and position not in stands and (former.cosigned or position > seen):
                    found[position] = left
    return set(found)


def removed(roster: RosterState, former: Former) -> bool:
    """Whether the device left with its whole account."""
    departure = roster.departed.get(former.device.account)
    return departure is not None and departure.position == former.position


def accepted(entries: Log, device: bytes, leaf: bytes) -> set[int]:
    """Positions on the `prev` chain of a device that ends in `leaf`."""
    stands = set()
    for position in sorted(entries, reverse=True):
        entry = entries[position]
        if entry.header.device == device and entry.leaf == leaf:
            stands.add(position)
            leaf = entry.header.prev
    return stands


def excuse_void(world: "World", back: "list[Handset]") -> None:
    """What void entries did may be shown no more, but for what the phone that wrote it must have said again."""
    roster = world.truth.roster()
    stated = {
        position: decode_statement(entry.header.kind, entry.check_body())
        for position, entry in world.truth.entries(roster.programme)
    }
    for log in roster.spaces:
        entries = dict(world.truth.entries(log))
        ignored = void(roster, log, entries)
        denied = {
            position: handset.slot
            for position in ignored
            if (handset := world.handsets.get(world.slot_of.get(entries[position].header.device, -1)))
            and not comes_again(roster, stated, entries, position, handset, back)
        }
        # Its body may be erased by now, and a repack say what stood there.
        changes = [
            (position if group.origin is None else group.origin.position, change)
            for position, entry in (entries.items() if denied else ())
            for group in contents_of(world, roster, log, entry)
            for change in group.changes
        ]
        said = {one for _, change in changes for one in all_said(change)}
        for place, change in changes:
            for one in all_said(change) if place in denied else ():
                world.ledger.deny(denied[place], one, said)
        _excuse_overlooked(world, roster, log, entries)


def _excuse_overlooked(world: "World", roster: RosterState, log: bytes, entries: Log) -> None:
    """What was written over unseen, because it was void by a revocation that paper cancelled later (threat model)."""
    by_cancelled = {
        position: world.truth.cancelled[entry.header.device]
        for position, entry in entries.items()
        if entry.header.device in world.truth.cancelled and entry.header.device in world.slot_of
    }
    if not by_cancelled:
        return
    said = [
        (position, group.seen, entry, change)
        for position, entry in entries.items()
        for group in contents_of(world, roster, log, entry)
        for change in group.changes
    ]
    values = {one for *_, change in said for one in all_said(change)}
    for position, _, entry, change in said:
        until = by_cancelled.get(position, 0)
        over = any(
            seen >= position
            and later.header.roster.position < until
            and other.record == change.record
            and said_of(other).keys() & said_of(change).keys()
            for _, seen, later, other in said
        )
        for one in all_said(change) if over else ():
            world.ledger.deny(world.slot_of[entry.header.device], one, values)


def comes_again(
    roster: RosterState,
    stated: Mapping[int, Statement],
    entries: Log,
    position: int,
    handset: "Handset",
    back: "list[Handset]",
) -> bool:
    """Whether a void entry was its owner's own doing, and the phone that wrote it is back with all it ever held."""
    if handset not in back or handset.stolen or handset.older:
        return False
    device = entries[position].header.device
    until = vouched(roster, stated, device)
    written = [each.header for at, each in entries.items() if at <= position and each.header.device == device]
    return all(header.roster.position <= until for header in written)


def vouched(roster: RosterState, stated: Mapping[int, Statement], device: bytes) -> int:
    """Up to where the owner's word goes for what a device did: to the end, if a thief revoked it."""
    former = roster.former[device]
    revoke = stated[former.position]
    if not isinstance(revoke, Revoke):
        return 0
    by_thief = former.by in roster.former and vouched(roster, stated, former.by) < former.position
    return roster.chain.position if by_thief else revoke.since


def contents_of(world: "World", roster: RosterState, log: bytes, entry: Entry) -> Sequence[Group]:
    """What a sealed entry says, with the key of any phone that has it; nothing if it was erased."""
    if entry.body is None or entry.header.kind != SEALED:
        return ()
    connections = (handset.phone.vault.read() for handset in world.living if handset.arrived)
    keys = (held_key(connection, roster, log, entry.header.epoch) for connection in connections)
    key = next((key for key in keys if key is not None), None)
    return () if key is None else decode_content(open_entry(entry, key)).groups


def anew(handset: "Handset", log: bytes, ignored: set[int], landed: int) -> list[tuple[Any, ...]]:
    """The records of a space as they come out if all its entries land now, but for the ignored ones."""
    connection = handset.phone.vault.read()
    connection.execute("BEGIN")
    try:
        connection.execute("DELETE FROM records WHERE log = ?", (log,))
        rebuild(connection, log, frozenset(ignored), landed)
        return handset.query("SELECT record, state FROM records WHERE log = ? ORDER BY record", log)
    finally:
        connection.execute("ROLLBACK")
