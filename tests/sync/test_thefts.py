"""What a thief with an unlocked phone, a member and the holder of a stale invite can do to others in the roster."""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import permutations
from types import FrameType
from typing import Any

import pytest

from sync.enrolment import ACTIVE_DEVICES_WITH_CODE, DEVICE_STATEMENTS_A_YEAR, OPEN_CODES_WITH_CODE
from sync.errors import Refused
from sync.readers import readers
from sync.session import principal_key
from sync.space import logs_of
from sync.statements import Announce, CloseInvite
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.refusals import outcome, refused


@pytest.fixture
def world() -> World:
    """A lead with a recovery code on paper."""
    return World.found(5)


def until_refused(act: Callable[[], object]) -> int:
    """How often it worked."""
    for times in range(1_000):
        try:
            act()
        except Refused as refusal:
            if refusal.problem != "limit-reached":
                raise
            return times
    raise AssertionError("there is no limit")


def recovers(world: World, code: Pass) -> Phone:
    return world.join(code)


def test_a_thief_who_fills_the_links_does_not_lock_out_the_paper(world: World) -> None:
    paper, thief = world.invite("recovery"), world.lead
    until_refused(lambda: world.link(thief))
    recovers(world, paper)


def test_a_thief_who_makes_a_code_of_its_own_does_not_lock_out_the_paper(world: World) -> None:
    """It joined 64 devices with that code, and the paper was refused for ever."""
    paper, thief = world.invite("recovery"), world.lead
    own = world.invite("recovery", thief)
    assert until_refused(lambda: world.join(own)) == ACTIVE_DEVICES_WITH_CODE - 8 - 1
    phone = recovers(world, paper)
    world.close(phone, own, code=paper)
    assert until_refused(lambda: world.join(paper)) == 7


def test_a_thief_with_all_the_codes_there_can_be_does_not_lock_out_the_paper(world: World) -> None:
    paper, thief = world.invite("recovery"), world.lead
    own = [world.invite("recovery", thief) for _ in range(3)]
    until_refused(lambda: own.append(world.invite("recovery", thief, code=own[0])))
    assert len(own) == OPEN_CODES_WITH_CODE - 1
    for code in own:
        until_refused(partial(world.join, code))
    phone = recovers(world, paper)
    with refused("limit-reached"):
        world.invite("recovery", phone, code=paper)
    world.close(phone, own[0], code=paper)
    fresh = world.invite("recovery", phone, code=paper)
    for code in own[1:]:
        world.close(phone, code, code=paper)
    world.close(phone, paper, code=paper)
    assert world.state.open_invites("recovery", account=phone.account).keys() == {fresh.id}


def test_a_thief_cannot_close_the_paper_at_once(world: World) -> None:
    paper, thief = world.invite("recovery"), world.lead
    own = world.invite("recovery", thief)
    with refused("cosignature-invalid"):
        world.close(thief, paper, code=own)
    world.close(thief, paper)
    world.day += 29
    phone = recovers(world, paper)
    world.close(phone, own, code=paper)


def test_the_order_of_codes_survives_the_thiefs_closing(world: World) -> None:
    """A code that closes in 30 days still leaves its owner room and still closes the thief's code at once."""
    paper, thief = world.invite("recovery"), world.lead
    world.close(thief, paper)
    own = world.invite("recovery", thief)
    until_refused(lambda: world.join(own))
    world.close(recovers(world, paper), own, code=paper)


def test_codes_that_sign_for_codes_come_to_an_end(world: World) -> None:
    """They were unlimited: each is a reader of every rotation, and each made the next statement dearer."""
    paper = world.invite("recovery")
    assert until_refused(lambda: world.invite("recovery", code=paper)) == OPEN_CODES_WITH_CODE - 1


def test_the_days_kept_of_an_account_come_to_an_end(world: World) -> None:
    paper = world.invite("recovery")
    for _ in range(40):
        world.close(world.lead, world.invite("recovery", code=paper), code=paper)
    assert len(world.state.accounts[world.lead.account].device_days) == DEVICE_STATEMENTS_A_YEAR


# With revocations and removals.


def test_a_thief_cannot_revoke_the_paper(world: World) -> None:
    """It revoked the phone that had printed the paper, and the paper was closed with it."""
    printer, thief = world.link(world.lead), world.lead
    paper = world.invite("recovery", printer)
    since = world.state.chain.position
    own = world.invite("recovery", thief)
    with refused("cosignature-invalid"):
        world.revoke(thief, printer, since=0, code=own)
    world.revoke(thief, printer, since=0)
    world.day += 29
    phone = recovers(world, paper)
    world.revoke(phone, thief, since=since, code=paper)
    assert set(world.state.accounts[phone.account].devices) == {printer.id, phone.id}
    assert not world.state.invites[own.id].is_open(world.state.time)


def test_a_thief_cannot_end_the_account_that_the_paper_recovers(world: World) -> None:
    world.invite("recovery")
    owner = world.member()
    paper = world.invite("recovery", owner)
    own = world.invite("recovery", owner)
    for code in (None, own):
        assert outcome(world.remove, owner, owner, code=code)[0] == "cosignature-invalid"
    recovers(world, paper)


def test_one_statement_ends_sixty_ghosts(world: World) -> None:
    paper, thief = world.invite("recovery"), world.lead
    since = world.state.chain.position
    own = world.invite("recovery", thief)
    ghosts = until_refused(lambda: world.join(own))
    until_refused(lambda: world.link(thief))
    phone = recovers(world, paper)
    gone = set(world.state.accounts[thief.account].devices) - {phone.id}
    assert len(gone) > ghosts == ACTIVE_DEVICES_WITH_CODE - 8 - 1
    last = tuple((id_, world.log(name, thief), bytes(32)) for id_ in gone for name in ("commons", "leads", "personal"))
    world.revoke(phone, thief, since=since, last=tuple(sorted(last)), code=paper)
    assert world.state.accounts[thief.account].devices == (phone.id,)
    assert set(world.state.former) == gone
    assert world.state.open_invites("recovery", "link", account=thief.account).keys() == {paper.id}


def test_whatever_a_thief_revokes_the_paper_brings_back(world: World) -> None:
    """Chains of ghosts that revoke each other and everybody else, in each order of three."""
    owner, thief = world.lead, world.link(world.lead)
    before, paper = world.state.chain.position, world.invite("recovery")
    since = world.state.chain.position
    ghosts = [world.link(thief)]
    ghosts.append(world.link(ghosts[0]))
    for first, second, third in permutations([owner, thief, *ghosts], 3):
        here = replace(world, states=list(world.states), entries=list(world.entries))
        here.epoch_keys = {log: list(keys) for log, keys in world.epoch_keys.items()}
        [author] = {owner.id, thief.id, *(ghost.id for ghost in ghosts)} - {first.id, second.id, third.id}
        by = next(each for each in (owner, thief, *ghosts) if each.id == author)
        if by == owner:
            continue
        for gone in (first, second, third):
            here.revoke(by, gone, since=before if gone == owner else here.state.chain.position)
        phone = recovers(here, paper)
        here.revoke(phone, thief, since=since, code=paper)
        assert set(here.state.accounts[owner.account].devices) == {owner.id, phone.id}


def test_a_lead_does_not_revoke_for_a_member(world: World) -> None:
    world.invite("recovery")
    member = world.member()
    lost = world.link(member)
    assert outcome(world.judge, world.draft(world.lead, world.revoking(member, lost)))[0] == "not-authorised"


def test_nobody_says_anything_after_leaving(world: World) -> None:
    world.invite("recovery")
    member = world.member()
    lost = world.link(member)
    world.revoke(member, lost)
    world.remove(world.lead, member)
    for phone in (lost, member):
        for statement in (
            Announce(world.day, 1),
            CloseInvite(world.day, bytes(32)),
            world.revoking(member, lost),
            world.removing(world.lead.account),
            world.rotating(member, "personal"),
        ):
            assert outcome(world.judge, world.draft(phone, statement))[0] == "device-not-active"


def steps_of(act: Callable[[], object]) -> int:
    """Python-level calls and lines that `act` takes: a cost that no busy machine changes."""
    steps = 0

    def count(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal steps
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        act()
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("ceremony", ["join", "close", "invite", "code", "revoke"])
def test_a_statement_costs_the_same_in_a_long_roster(world: World, ceremony: str) -> None:
    paper, used = world.invite("recovery"), world.invite("member", uses=100)

    spare = world.link(world.lead)

    def act() -> Any:
        phone = world.newcomer(used)
        statements: dict[str, Callable[[], Any]] = {
            "join": lambda: world.draft(phone, world.joining(phone, used)),
            "close": lambda: world.draft(world.lead, world.cosigned(CloseInvite(world.day, paper.id), paper)),
            "invite": lambda: world.draft(world.lead, world.inviting(world.new_pass("member", world.lead))),
            "code": lambda: world.draft(
                world.lead, world.cosigned(world.inviting(world.new_pass("recovery", world.lead)), paper)
            ),
            "revoke": lambda: world.draft(world.lead, world.revoking(world.lead, spare)),
        }
        entry = statements[ceremony]()
        return lambda: world.judge(entry)

    early = steps_of(act())
    for _ in range(60):
        world.join(used)
        world.announce(world.lead)
        world.close(world.lead, world.invite("recovery", code=paper), code=paper)
    assert steps_of(act()) <= early * 1.1 + 40


def test_a_member_reaches_no_further_than_its_own_account(world: World) -> None:
    world.invite("recovery")
    member, other = world.member(), world.member()
    code, link, invite = world.invite("recovery", other), world.invite("link", other), world.invite("member")
    for closed in (code, link):
        assert outcome(world.close, member, closed)[0] == "invite-not-open"
    assert outcome(world.close, member, invite)[0] == "not-authorised"
    for name in ("commons", "leads"):
        assert outcome(world.rotate, member, name)[0] == "not-authorised"
    taken = world.rotating(other, "personal")
    assert outcome(world.judge, world.draft(member, taken))[0] == "not-authorised"


def test_the_holder_of_a_stale_invite_is_nobody(world: World) -> None:
    """Once roster time has passed its last day it reads nothing, opens no session and is wrapped to by nobody."""
    world.invite("recovery")
    stale = {role: world.invite(role) for role in ("member", "lead", "link")}
    for made in stale.values():
        assert principal_key(world.state, made.id, world.state.time) == made.keys.signing.public
        assert len(logs_of(world.state, made.id)) > 1
    world.day += 15
    world.announce(world.lead)
    for made in stale.values():
        assert principal_key(world.state, made.id, world.state.time) is None
        assert logs_of(world.state, made.id) == []
        assert not any(made.id in readers(world.state, log) for log in world.state.spaces)
        phone = world.newcomer(made)
        assert outcome(world.judge, world.draft(phone, world.joining(phone, made)))[0] == "invite-not-open"
