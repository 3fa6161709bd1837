"""Which bodies the server may have erased, worked out anew from docs/protocol/5-sealed.md, section *Erasing*."""

from typing import TYPE_CHECKING

from simulation.violation import Violation
from sync.erasure import CLEAR, Withdraw, decode_erasing
from sync.log import Entry
from sync.space import SEALED
from sync.state import Space

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

DAY = 86_400.0
WAIT = 16
"""Days after which all erasures of before are due."""


def only_what_was_erased_is_missing(world: "World", back: "list[Handset]") -> None:
    """What the server holds no body of, an `erase` names that is due and that nobody withdrew.

    A restored server may have heard too late that it was withdrawn. Who gave the `withdraw` back fills what went
    meanwhile, and nobody else knows of it: that phone may be gone (docs/protocol/9-distrust.md, *Healing*).
    """
    today = int(world.now // DAY)
    for log, space in world.truth.roster().spaces.items():
        entries = world.truth.entries(log)
        due, withdrawn = named(entries, today)
        if world.restores and any(_has_gone(world, one, space) for one in world.handsets.values() if one not in back):
            due = due | withdrawn
        for position, entry in entries:
            if entry.body is None and entry.header.kind == SEALED and entry.leaf not in due:
                raise Violation("only_what_was_erased_is_missing", f"{space.name} {position} has no body")


def _has_gone(world: "World", handset: "Handset", space: Space) -> bool:
    writers = {space.account} if space.account else world.truth.roster().leads
    return handset.account in writers


def named(entries: list[tuple[int, Entry]], today: int) -> tuple[set[bytes], set[bytes]]:
    """Leaves that erasures name which are due: those in force, and those withdrawn."""
    found, withdrawn = dict[bytes, set[bytes]](), set[bytes]()
    for _, entry in entries:
        if entry.header.kind not in CLEAR:
            continue
        statement = decode_erasing(entry.header.kind, entry.check_body())
        if isinstance(statement, Withdraw):
            withdrawn |= found.pop(statement.leaf, set())
        elif statement.due <= today:
            found[entry.leaf] = set(statement.leaves)
    return set().union(*found.values()), withdrawn


def in_the_end(world: "World", back: "list[Handset]") -> None:
    """Everything that is to be erased is, and nothing else. Raises Violation."""
    world.now += WAIT * DAY
    world.server.erase_due()
    only_what_was_erased_is_missing(world, back)
    today = int(world.now // DAY)
    for log, space in world.truth.roster().spaces.items():
        entries = world.truth.entries(log)
        due, _ = named(entries, today)
        for position, entry in entries:
            if entry.leaf in due and entry.body is not None:
                raise Violation("what_is_due_is_gone", f"{space.name} {position} still has its body")
