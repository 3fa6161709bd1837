"""A server that was put back during the schedule is whole again: everybody offers, a lead says so, all go over."""

from typing import TYPE_CHECKING

from device.ceremonies.joining import InviteClosed
from device.transport import ServerProblem
from device.vault import VaultRestored
from device.wrapping import KeyNotHere
from device.writer import CannotSign
from simulation.doubt import REFUSALS, complains, is_alarmed
from simulation.operations.everyday import DAY, sync_now
from simulation.operations.operation import Nothing
from simulation.operations.restoring import say_restored
from simulation.violation import Violation
from sync.device.replica import ServerFault
from sync.errors import Refused
from sync.ticket import TicketWrong

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from simulation.handset import Handset
    from simulation.world import World

DAYS = (0, 7, 1, 1)
"""Between the syncs after that: what a phone cannot repair it looks for again within a week (see `restoring`)."""


async def settle(world: "World") -> None:
    """As far as phones get by themselves: those that may sign meet the server, and one lead or more says `restored`."""
    await _everybody_syncs(world)
    for lead in _able(world):
        if not is_alarmed(world):
            break
        if lead.account in lead.phone.engine.roster.leads and world.truth.is_active(lead.device):
            await loosely(world, lead, say_restored(lead))
            world.explained = len(world.answers.pairs)
            await _everybody_syncs(world)


async def give_back(world: "World", back: "list[Handset]") -> None:
    """All that can: entries, keys and wraps, and what was set aside."""
    for days in DAYS:
        world.now += days * DAY
        for handset in back:
            await loosely(world, handset, sync_now(world, handset, flush=True))


async def settled(world: "World", back: "list[Handset]") -> "list[Handset]":
    """Those who are back, without phones that know nobody by whose word they could go over. Raises Violation."""
    for handset in back:
        await loosely(world, handset, sync_now(world, handset, flush=True))
    still = [handset for handset in back if complains(handset)]
    for handset in still:
        if any(_trusts(handset, other) for other in back):
            raise Violation("a_restored_server_heals", f"phone {handset.slot} says: {handset.phone.notes()}")
    world.put_back = False
    return [handset for handset in back if handset not in still]


async def _everybody_syncs(world: "World") -> None:
    for handset in _able(world):
        await loosely(world, handset, sync_now(world, handset, flush=True))


def _able(world: "World") -> "list[Handset]":
    return [one for one in world.living if one.arrived and not one.stolen and not one.silenced]


def _trusts(handset: "Handset", lead: "Handset") -> bool:
    """Whether a `restored` of that phone ends the alarm of this one: it is a lead's, as far as this one knows."""
    roster = handset.phone.engine.roster
    account = roster.account_of(lead.device)
    return lead is not handset and account is not None and account.is_lead


async def loosely(world: "World", handset: "Handset", act: "Awaitable[object]") -> None:
    """A phone that knew more may not believe what it is shown, and be unknown there."""
    try:
        await act
    except (Nothing, InviteClosed, TicketWrong, CannotSign, KeyNotHere, VaultRestored, Refused):
        pass
    except ServerFault as fault:
        if not handset.doubts:
            raise Violation("nobody_is_accused", f"phone {handset.slot} after a restore: {fault}") from fault
    except ServerProblem as problem:
        if problem.name not in REFUSALS:
            raise Violation("nobody_is_refused", f"phone {handset.slot} after a restore: {problem}") from problem
    world.observe(handset)
