"""Keys, codes, invites to be closed, policy."""

from random import Random
from typing import TYPE_CHECKING

from crypto.secret.invite import InviteKeys
from device.ceremonies.inviting import code_pending
from device.ceremonies.recovering import renewal_due
from device.keyring import missing_keys
from simulation.operations.operation import Nothing
from sync.statements import Policy

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


def need(handset: "Handset", *, lead: bool = False) -> None:
    """Raises Nothing for a phone that cannot even try."""
    if not handset.arrived or (lead and handset.account not in handset.phone.engine.roster.leads):
        raise Nothing


async def rotate_personal(world: "World", handset: "Handset", _: "Event") -> None:
    need(handset)
    world.count("rotate")
    await handset.phone.rotate("personal")


async def rotate_commons(world: "World", handset: "Handset", _: "Event") -> None:
    need(handset, lead=True)
    world.count("rotate")
    await handset.phone.rotate("commons")


async def rotate_leads(world: "World", handset: "Handset", _: "Event") -> None:
    need(handset, lead=True)
    world.count("rotate")
    await handset.phone.rotate("leads")


async def new_code(world: "World", handset: "Handset", _: "Event") -> None:
    """A code for paper; after a recovery also the rotation that belongs to it."""
    need(handset)
    world.count("invite")
    world.count("rotate")
    handset.printed = await handset.phone.new_code()


async def renew(world: "World", handset: "Handset", event: "Event") -> None:
    need(handset)
    engine = handset.phone.engine
    if not renewal_due(engine):
        raise Nothing
    if missing_keys(engine.vault.read(), engine.roster, [engine.writer.personal]):
        # With the key the member key may be lost, which only a revocation replaces.
        world.count("revoke")
    await new_code(world, handset, event)


async def confirm(world: "World", handset: "Handset", _: "Event") -> None:
    """The code is typed back, and is the account's from then on."""
    need(handset)
    if not handset.printed or not code_pending(handset.phone.engine):
        raise Nothing
    await handset.phone.confirm_code(handset.printed)
    if handset.stolen:
        return
    world.codes.setdefault(handset.account, []).append(handset.printed)


async def close_invite(world: "World", handset: "Handset", event: "Event") -> None:
    need(handset, lead=True)
    invites = handset.phone.engine.roster.open_invites("member", "lead")
    known = [InviteKeys.from_secret(ticket.secret).id for ticket in world.tickets if ticket.kind in ("member", "lead")]
    still = [id_ for id_ in known if id_ in invites]
    if not still:
        raise Nothing
    await handset.phone.close_invite(Random(event.seed).choice(still))


async def set_policy(world: "World", handset: "Handset", event: "Event") -> None:
    need(handset, lead=True)
    world.count("policy")
    # The floor, mostly: it bites in a run.
    days = Random(event.seed).choice((90, 90, 400))
    world.ledger.contact_days = min(days, world.ledger.contact_days)
    await handset.phone.set_policy(Policy(contact_days=days))
