"""Which entries of revoked devices stand, and which are void (docs/protocol/3-log.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync.log import Entry
from sync.state import Former, RosterState


@dataclass(frozen=True, slots=True)
class Mark:
    """What deciding needs of one entry of a space. `seen`, `roster`: positions of its witnesses."""

    position: int
    device: bytes
    leaf: bytes
    prev: bytes
    seen: int
    roster: int

    @staticmethod
    def of(position: int, entry: Entry) -> "Mark":
        header = entry.header
        return Mark(position, header.device, entry.leaf, header.prev, header.seen.position, header.roster.position)


def void_positions(roster: RosterState, log: bytes, marks: Sequence[Mark]) -> frozenset[int]:
    """Positions whose content is ignored; `marks` are all entries of the log.

    An entry of a former device stands if it is on the `prev` chain that ends in the leaf its revocation accepts. A
    departure without a code cannot cut below what others have witnessed: otherwise a thief's phone could void what
    the owner wrote. What an earlier departure made void witnesses nothing: otherwise a thief's second phone, revoked
    first, would hold up what the first one wrote.
    """
    void: set[int] = set()
    for device in sorted(departed(roster, log, marks), key=lambda device: (roster.former[device].position, device)):
        former = roster.former[device]
        own = {mark.leaf: mark for mark in marks if mark.device == device}
        standing = chain_to(own, former.accepted.get(log, b""))
        honest = (mark for mark in marks if mark.position not in void)
        floor = 0 if former.cosigned else witnessed(roster, former, honest)
        void |= {mark.position for leaf, mark in own.items() if leaf not in standing and mark.position > floor}
    return frozenset(void)


def departed(roster: RosterState, log: bytes, marks: Iterable[Mark]) -> set[bytes]:
    """The former devices that wrote here; a removal says nothing about what its account wrote for itself."""
    found = set()
    for device in {mark.device for mark in marks}:
        former = roster.former.get(device)
        if former is not None:
            departure = roster.departed.get(former.device.account)
            removed = departure is not None and departure.position == former.position
            if not (removed and log == roster.space_log("personal", former.device.account)):
                found.add(device)
    return found


def chain_to(own: dict[bytes, Mark], leaf: bytes) -> set[bytes]:
    """The leaves on the `prev` chain that ends in `leaf`."""
    standing = set()
    while leaf in own and leaf not in standing:
        standing.add(leaf)
        leaf = own[leaf].prev
    return standing


def witnessed(roster: RosterState, former: Former, marks: Iterable[Mark]) -> int:
    """The highest position that others had seen before the departure: it was theirs as well."""

    def is_other(device: bytes) -> bool:
        other = roster.former.get(device)
        return other is None or other.position != former.position

    return max((mark.seen for mark in marks if mark.roster < former.position and is_other(mark.device)), default=0)
