"""Keys of an account that a restored server has lost, and every phone that held them: whoever has a code on paper ends
the epoch, and takes off the phone that made a member key (docs/protocol/7-ceremonies.md, *Recovering from paper*).
"""

from typing import TYPE_CHECKING

from device.ceremonies.lost_keys import may_be_lost
from device.ceremonies.recovering import renewal_due
from device.keyring import missing_keys
from device.member_key import is_held
from simulation.operations.ceremony import confirm, renew
from simulation.operations.coming import come_in, opens
from simulation.operations.departing import take_off
from simulation.operations.everyday import sync_now
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
    for account in sorted({handset.account for handset in back}):
        await _replace_member_key(world, [one for one in back if one.account == account])
    return back


async def _replace_member_key(world: "World", mine: "list[Handset]") -> None:
    """The owner had the phone stay that made it, and it never came: nothing but taking a phone off brings a new one."""
    if any(_holds_member_key(one) for one in mine):
        return
    for handset in mine:
        await loosely(world, handset, sync_now(world, handset, flush=True))
    roster, here = world.truth.roster(), {one.device for one in mine}
    gone = [device for device in roster.accounts[mine[0].account].devices if device not in here]
    if gone and not any(_holds_member_key(one) for one in mine):
        await loosely(world, mine[0], take_off(world, mine[0], gone[0], None, ""))


def _holds_member_key(handset: "Handset") -> bool:
    engine = handset.phone.engine
    return is_held(engine.vault.read(), engine.roster, handset.account)


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
