"""What one row of the table of operations is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World

Act: TypeAlias = "Callable[[World, Handset, Event], Awaitable[None]]"


class Nothing(Exception):
    """There is nothing to do it with: a ticket, a record, a backup. Leaving out events must leave a schedule."""


@dataclass(frozen=True)
class Operation:
    """`weight`: how often it is drawn; `of`: who mostly does it (see `generate`); `grows`: it makes room for phones.

    `arrives`: it fills a new slot; `followed_by`: what is mostly done next, by the same phone or the new one.
    """

    act: Act
    weight: float
    of: str = ""
    grows: bool = False
    arrives: bool = False
    followed_by: tuple[str, ...] = ()
