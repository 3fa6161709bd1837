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
    revocation by a device alone cannot cut below what others have witnessed: otherwise a thief's phone could void
    what the owner wrote.
    """
    void: set[int] = set()
    for device in {mark.device for mark in marks}:
        former = roster.former.get(device)
        if former is None:
            continue
        own = {mark.leaf: mark for mark in marks if mark.device == device}
        standing = chain_to(own, former.accepted.get(log, b""))
        floor = 0 if former.cosigned else witnessed(roster, former, marks)
        void |= {mark.position for leaf, mark in own.items() if leaf not in standing and mark.position > floor}
    return frozenset(void)


def chain_to(own: dict[bytes, Mark], leaf: bytes) -> set[bytes]:
    """The leaves on the `prev` chain that ends in `leaf`."""
    standing = set()
    while leaf in own and leaf not in standing:
        standing.add(leaf)
        leaf = own[leaf].prev
    return standing


def witnessed(roster: RosterState, former: Former, marks: Iterable[Mark]) -> int:
    """The highest position that others had seen when the revocation was not yet: what was theirs as well."""

    def is_other(device: bytes) -> bool:
        other = roster.former.get(device)
        return other is None or other.position != former.position

    return max((mark.seen for mark in marks if mark.roster < former.position and is_other(mark.device)), default=0)
