"""Phones that are stolen and taken off, accounts that leave or are removed."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from device.ceremonies import revoking
from device.ceremonies.recovering import renewal_due
from device.engine import Publication
from device.transport import ServerProblem
from simulation.operations import ceremony, coming, everyday, writing
from simulation.operations.ceremony import need
from simulation.operations.operation import Nothing
from simulation.schedule import Event
from simulation.violation import Violation
from sync.errors import Refused
from sync.state import RosterState
from sync.statements import Revoke, decode_statement

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

NO = frozenset({"cosignature-invalid", "not-authorised"})
"""What may be said to somebody who has the wrong code, is the last lead, or came by the phone to be revoked."""


async def revoke(world: "World", handset: "Handset", event: "Event") -> None:
    """Another phone of the account, whoever holds it: with the code or without, as of now or of an earlier day."""
    need(handset)
    dice = Random(event.seed)
    others = [one.id for one in handset.phone.devices() if not one.here]
    if not others:
        raise Nothing
    since = dice.choice((None, None, world.today - timedelta(days=dice.randint(0, 10))))
    device, code = dice.choice(others), code_of(world, handset, dice, 0.5)
    with unpulled(world, device, dice) if dice.random() < 0.3 else nullcontext():
        await take_off(world, handset, device, since, code)


@contextmanager
def unpulled(world: "World", device: bytes, dice: Random) -> Iterator[None]:
    """Between the last pull and the statement that takes a phone off, it writes something and has it acknowledged."""
    decide = revoking.decide_revocation
    meanwhile = [Event(dice.choice(("log", "edit")), slot, dice.getrandbits(32)) for slot in _slots(world, device)]
    meanwhile += [Event("sync", event.who, dice.getrandbits(32)) for event in meanwhile]

    async def slow(*arguments: Any) -> Publication | None:
        decided = await decide(*arguments)
        while meanwhile:
            await world.play(meanwhile.pop(0))
        return decided

    with patch.object(revoking, "decide_revocation", slow):
        yield


def _slots(world: "World", device: bytes) -> list[int]:
    return [one.slot for one in world.living if one.device == device]


async def steal(world: "World", handset: "Handset", _: "Event") -> None:
    """From now on a thief holds it, and knows its passcode. What its owner had not sent is gone."""
    if not handset.arrived or handset.stolen or not friends(world, handset):
        raise Nothing
    world.ledger.forgive(handset.slot, handset.phone)
    handset.stolen_on = world.today
    world.losses.check(handset)


async def thieve(world: "World", handset: "Handset", event: "Event") -> None:
    """Something that only a thief would do next."""
    if not handset.stolen:
        raise Nothing
    dice = Random(event.seed)
    act = dice.choice((spoil, spoil, smuggle, ceremony.new_code, cut_off, cut_off, ceremony.rotate_personal, take_away))
    await act(world, handset, event)


async def spoil(world: "World", handset: "Handset", event: "Event") -> None:
    """Changes what is there, and sends it."""
    await Random(event.seed).choice((writing.edit, writing.delete, writing.log))(world, handset, event)
    await everyday.sync(world, handset, event)


async def smuggle(world: "World", handset: "Handset", event: "Event") -> None:
    """Links a second phone; the ticket is the newest."""
    await coming.link(world, handset, event)


async def cut_off(world: "World", handset: "Handset", event: "Event") -> None:
    """Revokes a phone of the owner, and says that nothing of it was ever good."""
    if Random(event.seed).random() < 0.3:
        await revoke(world, handset, event)
        return
    with patch.object(revoking, "last_of", lambda *_: ()):
        await revoke(world, handset, event)


async def take_away(world: "World", handset: "Handset", _: "Event") -> None:
    """Tries to take the whole account off."""
    need(handset)
    world.count("remove")
    await asking(handset.phone.leave())


async def report_theft(world: "World", handset: "Handset", event: "Event") -> None:
    """An honest phone takes off a stolen one, mostly with the paper, and with all that it did since."""
    need(handset)
    dice = Random(event.seed)
    mine = handset.phone.engine.roster.accounts.get(handset.account)
    taken = [one for one in world.living if mine and one.stolen and one.device in mine.devices]
    if handset.stolen or not taken:
        raise Nothing
    one = dice.choice(taken)
    since = dice.choice((one.stolen_on, one.stolen_on, None))
    await take_off(world, handset, one.device, since, code_of(world, handset, dice, 0.7))


async def revoke_others(world: "World", handset: "Handset", event: "Event") -> None:
    """The end of a recovery: the owner ticks some phones, and those not ticked go."""
    need(handset)
    if not renewal_due(handset.phone.engine):
        raise Nothing
    dice = Random(event.seed)
    others = [one.id for one in handset.phone.devices() if not one.here]
    stolen = {one.device for one in world.living if one.stolen}
    keep = [id_ for id_ in others if id_ not in stolen and dice.random() < 0.7]
    for _ in others:
        departs(world, "revoke")
    since = dice.choice((None, world.today - timedelta(days=dice.randint(0, 5))))
    await asking(handset.phone.revoke_others(keep, since))


async def remove(world: "World", handset: "Handset", event: "Event") -> None:
    """Any other account, a lead's among them."""
    need(handset, lead=True)
    others = sorted(set(handset.phone.engine.roster.accounts) - {handset.account})
    if not others:
        raise Nothing
    departs(world, "remove")
    await asking(handset.phone.remove(Random(event.seed).choice(others)))


async def leave(world: "World", handset: "Handset", event: "Event") -> None:
    """By itself, with the paper at hand."""
    need(handset)
    departs(world, "remove")
    await asking(handset.phone.leave(code_of(world, handset, Random(event.seed), 1.0)))


async def take_off(world: "World", handset: "Handset", device: bytes, since: date | None, typed: str) -> None:
    """Raises Violation if it is done, and is not what the page says of it."""
    before = world.truth.roster()
    departs(world, "revoke")
    await asking(handset.phone.revoke(device, since, typed))
    stated = [
        (decode_statement(entry.header.kind, entry.check_body()), entry.header.device)
        for _, entry in world.truth.entries(before.programme, above=before.chain.position)
    ]
    revoked = [(one, author) for one, author in stated if isinstance(one, Revoke)]
    if [(one.device, author) for one, author in revoked] == [(device, handset.device)]:
        floor = before.chain.position if since is None else quiet_before(world, since)
        check(before, world.truth.roster(), device, floor, cosigned=bool(typed))


def check(before: RosterState, after: RosterState, device: bytes, since: int, *, cosigned: bool) -> None:
    """The phone, and what it brought in after `since`, is off; with the code, what these took off is back."""
    gone = brought_in(before, device, since)
    if gone & set(after.devices):
        raise Violation("a_revoked_phone_is_out", "it, or a phone that it linked meanwhile, is active")
    for id_, former in before.former.items():
        if cosigned and former.by in gone and former.position > since and id_ not in gone | set(after.devices):
            departure = before.departed.get(former.device.account)
            if departure is None or departure.position != former.position:
                raise Violation("a_thief_revokes_nobody", "the code took a thief's phone off; its victim is still off")


def brought_in(roster: RosterState, device: bytes, since: int) -> set[bytes]:
    """A phone, and those that are here by its links after `since`, or by codes it made after that, and so on."""
    known = dict(roster.devices) | {id_: former.device for id_, former in roster.former.items()}
    found = set[bytes]()
    more = {device}
    while more:
        found |= more
        made = {id_: one for id_, one in roster.invites.items() if one.device in more}
        used = {
            id_ for id_, one in made.items() if one.role == "link" or (one.role == "recovery" and one.position > since)
        }
        more = {id_ for id_, one in known.items() if one.invite in used and one.enrolled > since} - found
    return found


def quiet_before(world: "World", since: date) -> int:
    """The number of statements before the first one of this day or later."""
    day = (since - date(1970, 1, 1)).days
    for position, entry in world.truth.entries(world.truth.roster().programme):
        if decode_statement(entry.header.kind, entry.check_body()).day >= day:
            return position - 1
    return world.truth.roster().chain.position


async def asking(ceremony: Awaitable[object]) -> None:
    """Raises Nothing if the answer is an honest no."""
    try:
        await ceremony
    except (Refused, revoking.Unknown) as refused:
        raise Nothing from refused
    except ServerProblem as problem:
        if problem.name not in NO:
            raise
        raise Nothing from problem


def departs(world: "World", kind: str) -> None:
    """One such statement, and the rotations of both shared spaces that leads' phones state after it."""
    world.count(kind)
    world.count("rotate")
    world.count("rotate")


def code_of(world: "World", handset: "Handset", dice: Random, often: float) -> str:
    """A code on paper of this account, mostly the one that counts; thieves have none."""
    codes = world.codes.get(handset.account)
    if handset.stolen or not codes or dice.random() >= often:
        return ""
    return codes[-1] if dice.random() < 0.8 else dice.choice(codes)


def friends(world: "World", handset: "Handset") -> "list[Handset]":
    """Other phones of the account that are their owner's, and active."""
    return [
        one
        for one in world.living
        if one is not handset
        and one.arrived
        and not one.stolen
        and one.account == handset.account
        and world.truth.is_active(one.device)
    ]
