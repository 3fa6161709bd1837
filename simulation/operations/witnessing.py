"""The day of a witness comes; two people compare their phones."""

from random import Random
from typing import TYPE_CHECKING

from device.comparing import Verdict
from device.witnessing import load_due
from simulation.operations.everyday import DAY, sync_now
from simulation.operations.operation import Nothing
from simulation.violation import Violation

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


async def witness(world: "World", handset: "Handset", _: "Event") -> None:
    """Time passes until the phone's next witness is due, and it syncs."""
    planned = load_due(handset.phone.vault.read()) if handset.arrived else None
    if planned is None:
        raise Nothing
    world.now += max(0, planned[1] - handset.phone.engine.writer.day()) * DAY
    await sync_now(world, handset, flush=True)


async def compare(world: "World", handset: "Handset", event: "Event") -> None:
    """By code and by words, with any other phone. Raises Violation if they were shown different histories."""
    others = [one for one in world.living if one is not handset and one.arrived]
    if not handset.arrived or not others:
        raise Nothing
    other = Random(event.seed).choice(others)
    verdicts = (
        handset.phone.compare(other.phone.compare_code()),
        handset.phone.compare_spoken(*other.phone.compare_words()),
    )
    # Of two who met the server on either side of a restore one may know what the other has never seen.
    if Verdict.DIFFERENT in verdicts and not (handset.doubts or other.doubts):
        raise Violation("nobody_is_accused", f"phones {handset.slot} and {other.slot} were shown different histories")
