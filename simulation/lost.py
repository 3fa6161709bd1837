"""What a server that was put back has no more, and who can still say it (docs/protocol/9-distrust.md).

Whoever holds an entry gives it back as it was, as long as nobody wrote anything else in its place. Else its author's
account says it again, in the name of any of its phones; what stood in a shared space, phones of leads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from simulation.ledger import Said, all_said
from simulation.standing import contents_of, excuse_void, removed
from sync.log import Entry
from sync.state import RosterState

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

Stamped: TypeAlias = tuple[int, Said]
"""What was said of a field, and its stamp: all of it stays when another phone says it again. Two phones that did not
know of each other may both have given one stamp to what they did to one record."""


@dataclass(frozen=True)
class Departed:
    """A departure that was lost. `end`: of the older roster; `slots`: the phones that have known of it ever since;
    `removed`: it left with its account.
    """

    end: int
    slots: set[int]
    removed: bool = False


@dataclass(frozen=True)
class Loss:
    """What an entry said of a field. `account`: whose space it stood in, empty for a shared one."""

    leaf: bytes
    account: bytes
    slot: int
    said: Stamped


class Losses:
    """All that servers lost in a run. `holders`: leaf of a lost entry -> slots of phones that have held it ever since.

    `departures`: by the device whose departure it is; `statements`: what each restore took off the roster, in order.
    """

    def __init__(self) -> None:
        self.all: set[Loss] = set()
        self.holders: dict[bytes, set[int]] = {}
        self.departures: dict[bytes, Departed] = {}
        self.statements: list[list[tuple[int, bytes]]] = []

    def put_back(self, world: "World", had: RosterState, entries: dict[bytes, list[Entry]]) -> None:
        """The server had these `entries`, log by log, and is another one now."""
        now = world.truth.roster()
        statements = entries.pop(now.programme)
        self.statements.append([(at, one.leaf) for at, one in enumerate(statements, 1) if at > now.chain.position])
        for _, leaf in self.statements[-1]:
            self.holders.setdefault(leaf, {one.slot for one in world.living if holds(one, leaf)})
        for device in set(had.former) - set(now.former):
            knew = {one.slot for one in world.living if knows_gone(one, device)}
            with_all = removed(had, had.former[device])
            self.departures[device] = Departed(now.chain.position, knew, with_all)
        for log, before in entries.items():
            still = {entry.leaf for _, entry in world.truth.entries(log)}
            for entry in before:
                if entry.leaf in still:
                    continue
                self.holders.setdefault(entry.leaf, {one.slot for one in world.living if holds(one, entry.leaf)})
                for slot, said in said_by(world, had, log, entry):
                    self.all.add(Loss(entry.leaf, had.spaces[log].account, slot, said))

    def check(self, handset: "Handset") -> None:
        """The phone is older than it was, or gone."""
        for leaf, slots in self.holders.items():
            if handset.slot in slots and (handset.lost or handset.stolen or not holds(handset, leaf)):
                slots.remove(handset.slot)
        for device, departed in self.departures.items():
            slots = departed.slots
            if handset.slot in slots and (handset.lost or handset.stolen or not knows_gone(handset, device)):
                slots.remove(handset.slot)

    def cancel(self, cancelled: Mapping[bytes, int]) -> None:
        """The paper took back what a thief's phone had stated, after it was lost and given back (page 4, `revoke`).

        `cancelled`: the device -> where the roster says so.
        """
        self.departures = {
            device: one for device, one in self.departures.items() if cancelled.get(device, 0) <= one.end
        }

    def missing(self, world: "World", back: "list[Handset]") -> int:
        """Position of a statement that a phone in `back` could give back, where no other history began; or 0."""
        stands = {entry.leaf: position for position, entry in world.truth.entries(world.truth.roster().programme)}
        for lost in self.statements:
            first = next(((position, leaf) for position, leaf in lost if leaf not in stands), None)
            if first and first[0] not in stands.values() and self.holders[first[1]] & {one.slot for one in back}:
                return first[0]
        return 0

    def rename(self, old: bytes, new: bytes) -> None:
        """An account that the server never knew has joined again, as another one."""
        self.all = {Loss(one.leaf, new if one.account == old else one.account, one.slot, one.said) for one in self.all}

    def excuse(self, world: "World", back: "list[Handset]") -> None:
        """What nobody could give back: no phone in `back` that may say it has held it all the time."""
        if not self.all:
            return
        roster = world.truth.roster()
        entries = [(log, entry) for log in roster.spaces for _, entry in world.truth.entries(log)]
        leaves = {entry.leaf for _, entry in entries}
        kept = {one.said for one in self.all if one.leaf in leaves or self._could_say(roster, one, back)}
        lost = {one for one in self.all if one.said not in kept}
        if lost:
            again = {said for log, entry in entries for _, said in said_by(world, roster, log, entry)}
            ever = {said for _, said in again | {one.said for one in self.all}}
            for one in lost:
                if one.said not in again:
                    world.ledger.deny(one.slot, one.said[1], ever)

    def _could_say(self, roster: RosterState, one: Loss, back: "list[Handset]") -> bool:
        return any(
            handset.account == one.account or (not one.account and handset.account in roster.leads)
            for handset in back
            if handset.slot in self.holders[one.leaf]
        )


def said_by(world: "World", roster: RosterState, log: bytes, entry: Entry) -> Iterator[tuple[int, Stamped]]:
    """The slots of those who first said what stands in a sealed entry, and what it is."""
    for group in contents_of(world, roster, log, entry):
        slot = world.slot_of.get(entry.header.device if group.origin is None else group.origin[0])
        if slot is not None:
            yield from ((slot, (group.stamp, said)) for change in group.changes for said in all_said(change))


def knows_gone(handset: "Handset", device: bytes) -> bool:
    roster = handset.phone.engine.ledger.roster if handset.arrived and not handset.stolen else None
    return roster is not None and device in roster.former


def holds(handset: "Handset", leaf: bytes) -> bool:
    """Whether it has an entry: verified, set aside, or still in its outbox because no answer came."""
    if handset.stolen:
        return False
    waiting = handset.query("SELECT header, signature FROM outbox")
    return any(Entry(header, signature, None).leaf == leaf for header, signature in waiting) or bool(
        handset.query("SELECT 1 FROM entries WHERE leaf = ?1 UNION SELECT 1 FROM aside WHERE leaf = ?1", leaf)
    )


def before_it_goes(world: "World") -> tuple[RosterState, dict[bytes, list[Entry]]]:
    """What the server has now, to be held against what it has when it was put back."""
    excuse_void(world, [])
    roster = world.truth.roster()
    world.losses.cancel(world.truth.cancelled)
    logs = [roster.programme, *roster.spaces]
    return roster, {log: [entry for _, entry in world.truth.entries(log)] for log in logs}
