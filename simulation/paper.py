"""A personal key that a restored server has lost, and every phone that held it: whoever has a code on paper ends its
epoch (docs/protocol/7-ceremonies.md, *Recovering from paper*).
"""

from typing import TYPE_CHECKING

from device.ceremonies.lost_keys import may_be_lost
from device.ceremonies.recovering import renewal_due
from device.keyring import missing_keys
from simulation.operations.ceremony import confirm, renew
from simulation.operations.coming import come_in, opens
from simulation.operations.restoring import say_restored
from simulation.schedule import Event
from simulation.settling import loosely

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World


def is_lost(handset: "Handset", back: "list[Handset]") -> bool:
    """Whether none of the connected phones of its account holds the newest key of their own space."""
    return all(_lacks(one) for one in back if one.account == handset.account)


def code_of(world: "World", account: bytes) -> str:
    """The newest code on paper that opens the account, or ""."""
    return next((code for code in reversed(world.codes.get(account, [])) if opens(world, code)), "")


async def end_lost_epochs(world: "World", back: "list[Handset]") -> "list[Handset]":
    """On a phone that came in from paper, or on a new one; returns who is back then. Raises Violation."""
    back = [*back]
    for account in sorted({handset.account for handset in back if is_lost(handset, back)}):
        if not may_be_lost(world.truth.roster(), world.truth.roster().space_log("personal", account)):
            # A phone that came in now would say that a lead has to declare the restore.
            await _declare(world, back)
        mine = (one for one in back if one.account == account)
        handset = next((one for one in mine if renewal_due(one.phone.engine)), None)
        if handset is None and (code := code_of(world, account)):
            handset = await _come_by(world, code)
            back += [handset] if handset.arrived else []
        if handset is not None and handset.arrived:
            event = Event("renew", handset.slot, handset.slot)
            await loosely(world, handset, renew(world, handset, event))
            await loosely(world, handset, confirm(world, handset, event))
    return back


async def _declare(world: "World", back: "list[Handset]") -> None:
    leads = world.truth.roster().leads
    for lead in (one for one in back if one.account in leads):
        await loosely(world, lead, say_restored(lead))
        return


async def _come_by(world: "World", code: str) -> "Handset":
    handset = world.adopt(max(world.handsets) + 1)
    handset.ticket = code
    await loosely(world, handset, come_in(world, handset))
    return handset


def _lacks(handset: "Handset") -> bool:
    engine = handset.phone.engine
    return bool(missing_keys(engine.vault.read(), engine.roster, [engine.writer.personal]))
