"""What is erased, at once with the paper or in two weeks, and what is taken back."""

from random import Random
from typing import TYPE_CHECKING

from device.erasing import ErasureUnknown
from simulation.operations.ceremony import need
from simulation.operations.departing import asking, code_of
from simulation.operations.operation import Nothing

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


async def erase_now(world: "World", handset: "Handset", event: "Event") -> None:
    """With the code that is on paper; an old one may be open no more."""
    need(handset)
    code = code_of(world, handset, Random(event.seed), 1.0)
    if not code:
        raise Nothing
    await asking(handset.phone.erase_now(code))


async def withdraw(_: "World", handset: "Handset", event: "Event") -> None:
    """Any erasure that can still be withdrawn, its own or another phone's."""
    need(handset)
    planned = [one for one in handset.phone.erasures() if not one.cosigned]
    if not planned:
        raise Nothing
    try:
        await handset.phone.withdraw(Random(event.seed).choice(planned).id)
    except ErasureUnknown as unknown:
        raise Nothing from unknown
