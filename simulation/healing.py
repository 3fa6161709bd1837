"""After the schedule: the network is good, everybody who can comes back, and syncs a few times."""

from typing import TYPE_CHECKING

import httpx

from device.ceremonies.joining import InviteClosed
from device.transport import Malformed, ServerProblem, Unreachable
from device.vault import VaultRestored
from device.wrapping import KeyNotHere
from device.writer import CannotSign
from simulation.doubt import REFUSALS, may_be_elsewhere
from simulation.invariants import a_rotated_key_shuts_out
from simulation.ledger import shown
from simulation.operations.coming import relink
from simulation.operations.departing import take_off
from simulation.operations.everyday import DAY, sync_now
from simulation.operations.governing import follow
from simulation.operations.operation import Nothing
from simulation.paper import end_lost_epochs
from simulation.schedule import Event
from simulation.settling import explain, give_back, loosely, settle, settled
from simulation.standing import excuse_void
from simulation.violation import Violation
from sync.device.replica import ServerFault
from sync.ticket import TicketWrong

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

ROUNDS = (True, True, False, False)
"""Whether each of the last syncs flushes: after three without faults all phones of an account agree. Every flush is a
new entry, also an empty one, so in the last rounds they only look: twice, since a
witness may fall due in the first of them."""
TRIES = 3


async def heal(world: "World") -> list["Handset"]:
    """The phones that are connected in the end; what the others alone held is excused. Raises Violation."""
    world.now += 3_600.0
    await world.late.arrive(everything=True)
    await follow(world)
    if world.put_back:
        await settle(world)
    for _ in range(2):
        # The first who are back report the thefts, and only then may those whom a thief cut off come back, too.
        back = [handset for handset in world.living if await _come_back(world, handset)]
        await _report_thefts(world, back)
    back = [handset for handset in world.living if await _come_back(world, handset)]
    if world.put_back:
        # A lead may have come back from paper, and what was written meanwhile have shown two histories.
        await explain(world)
        await give_back(world, back)
        # Whoever left on a branch that was set aside has left again by now.
        back = await settled(world, [handset for handset in world.living if await _come_back(world, handset)])
    await follow(world)
    back = await end_lost_epochs(world, back)
    await _rounds(world, back)
    a_rotated_key_shuts_out(world, back)
    for _ in range(2):
        # Leads' phones rotate the shared keys at most once a week; and after two weeks without the key that is due.
        if {world.truth.roster().commons_due, world.truth.roster().leads_due} != {None}:
            world.now += 8 * DAY
            await _rounds(world, back)
    excuse_void(world, back)
    world.losses.excuse(world, back)
    world.losses.cancel(world.truth.cancelled)
    world.ledger.expire(world.today)
    for handset in world.living:
        if handset not in back:
            _keeps_its_own(world, handset)
            world.ledger.forgive(handset.slot, handset.phone)
    return back


async def _rounds(world: "World", back: "list[Handset]") -> None:
    for flush in ROUNDS:
        for handset in back:
            await calmly(world, handset, flush=flush)
            world.observe(handset)


async def _report_thefts(world: "World", back: "list[Handset]") -> None:
    """By any phone of the account that can, with the paper if there is one."""
    for stolen in [one for one in world.living if one.stolen]:
        for handset in back:
            # One that the thief linked before its owner found it left with the thief's.
            both_are_in = {handset.device, stolen.device} <= set(world.truth.roster().devices)
            if handset.account == stolen.account and both_are_in:
                if handset.phone.engine.owes:
                    # Whoever left on the branch set aside comes first; the phone says so, and its owner syncs.
                    await loosely(world, handset, sync_now(world, handset, flush=True))
                for code in (*reversed(world.codes.get(handset.account, [])), ""):
                    try:
                        await take_off(world, handset, stolen.device, stolen.stolen_on, code)
                    except (Nothing, CannotSign, KeyNotHere):
                        continue
                    break


def _keeps_its_own(world: "World", handset: "Handset") -> None:
    """A phone that was taken off shows what its owner wrote on it, and what it had not sent above all."""
    if handset.arrived and not handset.stolen and not handset.older:
        problem = world.ledger.kept(handset.slot, handset.account, shown(handset.phone))
        if problem:
            raise Violation("who_leaves_keeps_a_copy", f"phone {handset.slot}: {problem}")


async def calmly(world: "World", handset: "Handset", *, flush: bool) -> None:
    """A sync with nothing in its way that is refused or accuses somebody is a violation."""
    try:
        await sync_now(world, handset, flush=flush)
    except (ServerFault, Malformed) as fault:
        raise Violation("nobody_is_accused", f"phone {handset.slot} in the end: {fault}") from fault
    except (ServerProblem, CannotSign, VaultRestored) as problem:
        raise Violation("nobody_is_refused", f"phone {handset.slot} in the end: {problem}") from problem


def _left_what_was_lost(world: "World", handset: "Handset") -> bool:
    """Whether it knows of its own departure, and the server does not any more: it may be the only one who knows."""
    able = handset.arrived and not handset.stolen and handset.doubts
    return able and handset.device in handset.phone.engine.roster.former and world.truth.is_active(handset.device)


async def _come_back(world: "World", handset: "Handset") -> bool:
    """Arrived and able to write, by whatever way there is."""
    if handset.image and handset.arrived and not handset.shut_out:
        # It finds out about the other life of it only when it meets the server.
        await loosely(world, handset, sync_now(world, handset, flush=False))
    if _left_what_was_lost(world, handset):
        # It goes on asking, as every phone does once a day, and learns that it is in the roster again.
        await loosely(world, handset, sync_now(world, handset, flush=False))
    for _ in range(TRIES):
        if handset.stolen or handset.account in world.truth.roster().departed:
            return False
        world.now += 60.0
        active = world.truth.is_active(handset.device)
        if handset.arrived and not handset.shut_out and active:
            return True
        if handset.arrived and handset.silenced and active and not handset.older:
            raise Violation("nobody_is_accused", f"phone {handset.slot} may not sign, and was never restored")
        try:
            if not handset.shut_out or (active and not handset.silenced):
                await sync_now(world, handset, flush=False)
            else:
                await relink(world, handset, Event("relink", handset.slot, 0))
        except (Nothing, InviteClosed, TicketWrong, CannotSign, KeyNotHere):
            continue
        except Unreachable as lost:
            identity = handset.phone.identity
            if identity is None or world.server.is_at(httpx.URL(identity.address)):
                raise Violation("nobody_is_refused", f"phone {handset.slot} coming back: {lost}") from lost
        except (ServerFault, Malformed) as fault:
            strange = (world.put_back and not handset.arrived) or may_be_elsewhere(world, handset)
            if isinstance(fault, ServerFault) and (handset.doubts or strange):
                continue
            raise Violation("nobody_is_accused", f"phone {handset.slot} coming back: {fault}") from fault
        except ServerProblem as problem:
            if problem.name not in {"limit-reached", "session-refused", *(REFUSALS if handset.doubts else ())}:
                raise Violation("nobody_is_refused", f"phone {handset.slot} coming back: {problem}") from problem
    return handset.arrived and not handset.shut_out and world.truth.is_active(handset.device)
