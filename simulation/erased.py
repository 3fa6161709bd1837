"""Which bodies the server may have erased, worked out anew from docs/protocol/5-sealed.md, section *Erasing*."""

from typing import TYPE_CHECKING

from simulation.violation import Violation
from sync.erasure import CLEAR, Withdraw, decode_erasing
from sync.log import Entry
from sync.space import SEALED

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

DAY = 86_400.0
WAIT = 16
"""Days after which all erasures of before are due."""


def only_what_was_erased_is_missing(world: "World", _: "list[Handset]") -> None:
    """What the server holds no body of, an `erase` names that is due and that nobody withdrew."""
    today = int(world.now // DAY)
    for log, space in world.truth.roster().spaces.items():
        entries = world.truth.entries(log)
        due = named(entries, today)
        for position, entry in entries:
            if entry.body is None and entry.header.kind == SEALED and entry.leaf not in due:
                raise Violation("only_what_was_erased_is_missing", f"{space.name} {position} has no body")


def named(entries: list[tuple[int, Entry]], today: int) -> set[bytes]:
    """Leaves of what erasures in force name that are due."""
    found = dict[bytes, set[bytes]]()
    for _, entry in entries:
        if entry.header.kind not in CLEAR:
            continue
        statement = decode_erasing(entry.header.kind, entry.check_body())
        if isinstance(statement, Withdraw):
            found.pop(statement.leaf, None)
        elif statement.due <= today:
            found[entry.leaf] = set(statement.leaves)
    return set().union(*found.values())


def in_the_end(world: "World") -> None:
    """Everything that is to be erased is, and nothing else. Raises Violation."""
    world.now += WAIT * DAY
    world.server.erase_due()
    only_what_was_erased_is_missing(world, [])
    today = int(world.now // DAY)
    for log, space in world.truth.roster().spaces.items():
        entries = world.truth.entries(log)
        due = named(entries, today)
        for position, entry in entries:
            if entry.leaf in due and entry.body is not None:
                raise Violation("what_is_due_is_gone", f"{space.name} {position} still has its body")
