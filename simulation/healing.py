"""After the schedule: the network is good, everybody who can comes back, and syncs a few times."""

from typing import TYPE_CHECKING

from device.ceremonies.joining import InviteClosed
from device.transport import Malformed, ServerProblem
from device.vault import VaultRestored
from device.writer import CannotSign
from simulation.operations.coming import relink
from simulation.operations.everyday import sync_now
from simulation.operations.operation import Nothing
from simulation.schedule import Event
from simulation.violation import Violation
from sync.device.replica import ServerFault
from sync.ticket import TicketWrong

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

ROUNDS = (True, True, False)
"""Whether each of the last syncs flushes: after three without faults all phones of an account agree. Every flush is a
new entry, also an empty one, so in the last round they only look."""
TRIES = 3


async def heal(world: "World") -> list["Handset"]:
    """The phones that are connected in the end; what the others alone held is excused. Raises Violation."""
    world.now += 3_600.0
    await world.late.arrive(everything=True)
    back = [handset for handset in world.living if await _come_back(world, handset)]
    for handset in world.living:
        if handset not in back:
            world.ledger.forgive(handset.slot, handset.phone)
    for flush in ROUNDS:
        for handset in back:
            await calmly(world, handset, flush=flush)
            world.observe(handset)
    return back


async def calmly(world: "World", handset: "Handset", *, flush: bool) -> None:
    """A sync with nothing in its way that is refused or accuses somebody is a violation."""
    try:
        await sync_now(world, handset, flush=flush)
    except (ServerFault, Malformed) as fault:
        raise Violation("nobody_is_accused", f"phone {handset.slot} in the end: {fault}") from fault
    except (ServerProblem, CannotSign, VaultRestored) as problem:
        raise Violation("nobody_is_refused", f"phone {handset.slot} in the end: {problem}") from problem


async def _come_back(world: "World", handset: "Handset") -> bool:
    """Arrived and able to write, by whatever way there is."""
    for _ in range(TRIES):
        world.now += 60.0
        if handset.arrived and not handset.silenced:
            return True
        if handset.arrived and not handset.older:
            raise Violation("nobody_is_accused", f"phone {handset.slot} may not sign, and was never restored")
        try:
            if not handset.arrived:
                await sync_now(world, handset, flush=False)
            else:
                # An image of a phone finds out about the other life of it only when it meets the server.
                await relink(world, handset, Event("relink", handset.slot, 0))
        except (Nothing, InviteClosed, TicketWrong, CannotSign):
            continue
        except (ServerFault, Malformed) as fault:
            raise Violation("nobody_is_accused", f"phone {handset.slot} coming back: {fault}") from fault
        except ServerProblem as problem:
            if problem.name not in ("limit-reached", "session-refused"):
                raise Violation("nobody_is_refused", f"phone {handset.slot} coming back: {problem}") from problem
    return handset.arrived and not handset.silenced
