"""Tickets and codes, and the phones that come in by them."""

from random import Random
from typing import TYPE_CHECKING

from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device.wrapping import KeyNotHere
from simulation.operations.operation import Nothing
from sync.ticket import Ticket

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


async def _invite(world: "World", handset: "Handset", role: str, uses: int, days: int) -> None:
    if not handset.arrived:
        raise Nothing
    roster = handset.phone.engine.roster
    if role != "link" and handset.account not in roster.leads:
        raise Nothing
    world.count("invite")
    if role == "link":
        world.tickets.append(await handset.phone.link())
        if handset.stolen:
            world.stolen_tickets.add(world.tickets[-1].secret)
    else:
        world.tickets.append(await handset.phone.invite(role, uses, days))


async def invite(world: "World", handset: "Handset", event: "Event") -> None:
    await _invite(world, handset, "member", 1, Random(event.seed).choice((1, 14)))


async def invite_many(world: "World", handset: "Handset", _: "Event") -> None:
    await _invite(world, handset, "member", 3, 14)


async def invite_lead(world: "World", handset: "Handset", _: "Event") -> None:
    await _invite(world, handset, "lead", 1, 14)


async def link(world: "World", handset: "Handset", _: "Event") -> None:
    await _invite(world, handset, "link", 1, 1)


async def arrive(world: "World", handset: "Handset", event: "Event") -> None:
    """With the newest ticket, or with an old one that may be spent, expired or closed."""
    if not world.tickets:
        raise Nothing
    dice = Random(event.seed)
    handset.ticket = world.tickets[-1] if dice.random() < 0.85 else dice.choice(world.tickets)
    await come_in(world, handset)


async def recover(world: "World", handset: "Handset", event: "Event") -> None:
    """With a code on paper, mostly the newest of its account."""
    dice = Random(event.seed)
    account = dice.choice(sorted(world.codes))
    codes = world.codes[account]
    handset.ticket = codes[-1] if dice.random() < 0.85 else dice.choice(codes)
    await come_in(world, handset)


async def try_another(world: "World", handset: "Handset", event: "Event") -> None:
    """A phone whose ticket opened nothing is given another one."""
    if handset.arrived or not world.tickets:
        raise Nothing
    handset.ticket = Random(event.seed).choice(world.tickets)
    take(world, handset)
    await come_in(world, handset)


async def relink(world: "World", handset: "Handset", _: "Event") -> None:
    """A phone that may sign nothing comes back by a ticket of another phone of its account, or by its code."""
    if not handset.arrived or not handset.shut_out or handset.stolen:
        raise Nothing
    if handset.account in world.truth.roster().departed:
        # Nothing brings it back, and it reads on as long as it keeps what it is.
        raise Nothing
    if handset.account not in world.truth.roster().accounts:
        await join_anew(world, handset)
        return
    helpers = [
        one
        for one in world.living
        if one.arrived
        and one.account == handset.account
        and one is not handset
        and not one.silenced
        and not one.busy
        and not one.stolen
        and world.truth.is_active(one.device)
    ]
    ticket = await _link_from(world, helpers[0]) if helpers else None
    if ticket is not None:
        handset.ticket = ticket
        world.tickets.append(ticket)
    elif codes := world.codes.get(handset.account):
        handset.ticket = next((code for code in reversed(codes) if opens(world, code)), codes[-1])
    else:
        raise Nothing
    take(world, handset)
    await come_in(world, handset)


async def _link_from(world: "World", helper: "Handset") -> Ticket | None:
    """None if that phone still waits for the account's key: the paper is better."""
    world.count("invite")
    try:
        return await helper.phone.link()
    except KeyNotHere:
        return None


async def join_anew(world: "World", handset: "Handset") -> None:
    """A server that was put back has never known the account: a lead lets its first phone in as a new one.

    Nothing lets a second phone of the old account into the new one: it keeps what it has. Nor one of which the phone
    knows that it has left, though the server does not.
    """
    if handset.account in handset.phone.engine.roster.departed:
        raise Nothing
    leads = [
        one
        for one in world.living
        if one.arrived
        and not (one.shut_out or one.silenced or one.busy or one.stolen)
        and one.account in world.truth.roster().leads
        and world.truth.is_active(one.device)
    ]
    if not leads or handset.account in world.renamed:
        raise Nothing
    world.count("invite")
    # As what it was: what a lead had written for all waits on its phone.
    role = "lead" if handset.account in handset.phone.engine.roster.leads else "member"
    handset.ticket = await leads[0].phone.invite(role, 1, 14)
    world.tickets.append(handset.ticket)
    take(world, handset)
    await come_in(world, handset)


def opens(world: "World", code: str) -> bool:
    """A server that was put back may know an older one only; people try what they have."""
    roster = world.truth.roster()
    invite = roster.invites.get(InviteKeys.from_secret(from_paper(code)).id)
    return invite is not None and invite.is_open(roster.time)


def take(world: "World", handset: "Handset") -> None:
    """The person types in what they were given."""
    world.count("join")
    if isinstance(handset.ticket, str):
        handset.phone.recover_with(world.server.settings.address, handset.ticket)
    elif handset.ticket is not None:
        if handset.ticket.secret in world.stolen_tickets:
            handset.stolen_on = world.today
            world.losses.check(handset)
        handset.phone.accept(handset.ticket, f"{world.tag.hex()} {handset.slot}")


async def come_in(world: "World", handset: "Handset") -> None:
    """From wherever an earlier try stopped."""
    if handset.phone.identity is None:
        if handset.ticket is None:
            raise Nothing
        take(world, handset)
    else:
        world.count("join")
    await handset.phone.come_in()
