"""Rules of page 4 for `revoke` and `remove`."""

from dataclasses import replace
from typing import Any

import pytest

from sync.governance import CODE_CLOSES_AFTER
from sync.statement import Statement
from sync.statements import Remove
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.programme import FIRST_DAY
from tests.support.refusals import outcome, refused


@pytest.fixture
def world() -> World:
    """A lead with a recovery code."""
    world = World.found(61)
    world.invite("recovery")
    return world


@pytest.fixture
def owner(world: World) -> Phone:
    """A member without a code."""
    return world.member()


def judged(world: World, phone: Phone, statement: Statement, **header: Any) -> str:
    return outcome(world.judge, world.draft(phone, statement, **header))[0]


def active(world: World, phone: Phone) -> set[bytes]:
    return set(world.state.accounts[phone.account].devices)


def closing(world: World, *passes: Pass) -> list[int | None]:
    return [world.state.invites[made.id].closing for made in passes]


# revoke: what it does


def test_a_revoked_device_is_no_device_any_more(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    entry = world.write(lost, world.log("personal", owner))
    member = world.revoke(owner, lost)
    state = world.state
    assert active(world, owner) == {owner.id}
    assert lost.id not in state.devices
    former = state.former[lost.id]
    assert (former.position, former.by, former.cosigned) == (state.chain.position, owner.id, False)
    assert dict(former.accepted) == {world.log("personal", owner): entry.leaf}
    assert state.known_device(lost.id) == former.device
    assert [state.was_active(lost.id, at) for at in (former.position - 1, former.position)] == [True, False]
    assert state.accounts[owner.account].member_key_hash == member.hash
    space = state.spaces[world.log("personal", owner)]
    assert (space.epoch, space.current.since) == (2, state.chain.position)
    with refused("device-not-active"):
        world.announce(lost)
    with refused("device-not-active"):
        world.write(lost, world.log("personal", owner))


@pytest.mark.parametrize("lead", [False, True])
def test_the_shared_keys_are_due_from_the_first_departure_until_they_are_rotated(world: World, lead: bool) -> None:
    owner = world.lead if lead else world.member()
    for days in (0, 3):
        lost = world.link(owner)
        world.day += days
        world.revoke(owner, lost)
    due = FIRST_DAY
    assert (world.state.commons_due, world.state.leads_due) == (due, due if lead else None)
    world.rotate(world.lead, "personal")
    assert world.state.commons_due == due
    world.rotate(world.lead, "commons")
    assert world.state.commons_due is None
    assert world.state.leads_due == (due if lead else None)
    world.rotate(world.lead, "leads")
    assert world.state.leads_due is None


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({}, "ok"),
        ({"epoch": 1}, "epoch-stale"),
        ({"epoch": 3}, "epoch-stale"),
        ({"device": bytes(32)}, "not-authorised"),
        ({"since": 2**53 - 1}, "entry-malformed"),
        ({"since": 0}, "ok"),
        ({"last": ()}, "ok"),
    ],
)
def test_what_a_revocation_may_say(world: World, owner: Phone, different: dict[str, Any], expected: str) -> None:
    lost = world.link(owner)
    assert judged(world, owner, world.revoking(owner, lost, **different)) == expected


def test_since_is_at_most_what_its_author_has_seen(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    newest = world.state.chain.position
    for since, expected in ((newest, "ok"), (newest + 1, "entry-malformed")):
        assert judged(world, owner, world.revoking(owner, lost, since=since)) == expected


def test_the_new_member_key_is_new(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    for known in (owner.person.member.hash, world.lead.person.member.hash, lost.signing.public):
        assert judged(world, owner, world.revoking(owner, lost, member_key_hash=known)) == "exists"


def test_last_names_devices_that_go_and_logs_that_they_write(world: World, owner: Phone) -> None:
    lost, kept = world.link(owner), world.link(owner)
    own, commons, others = world.log("personal", owner), world.log("commons"), world.log("personal", world.lead)
    for device, log, expected in (
        (lost, own, "ok"),
        (kept, own, "entry-malformed"),
        (owner, own, "entry-malformed"),
        (lost, commons, "entry-malformed"),
        (lost, others, "entry-malformed"),
        (lost, world.programme, "entry-malformed"),
    ):
        statement = world.revoking(owner, lost, last=((device.id, log, b"l" * 32),))
        assert judged(world, owner, statement) == expected
    second = world.link(world.lead)
    for name in ("commons", "leads", "personal"):
        last = ((second.id, world.log(name, world.lead), b"l" * 32),)
        assert judged(world, world.lead, world.revoking(world.lead, second, last=last)) == "ok"


def test_only_the_account_itself_revokes(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    assert judged(world, world.lead, world.revoking(world.lead, lost)) == "not-authorised"
    assert judged(world, owner, world.revoking(owner, world.lead)) == "not-authorised"
    assert judged(world, owner, world.revoking(owner, owner)) == "not-authorised"
    assert judged(world, lost, world.revoking(lost, owner)) == "ok"
    world.revoke(owner, lost)
    assert judged(world, owner, world.revoking(owner, lost)) == "not-authorised"


def test_a_revocation_has_seen_everything(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    entry = world.draft(owner, world.revoking(owner, lost))
    world.announce(world.lead)
    with refused("seen-stale"):
        world.judge(entry)


def test_of_two_phones_that_revoke_each_other_the_first_stays(world: World, owner: Phone) -> None:
    other = world.link(owner)
    late = world.draft(other, world.revoking(other, owner))
    world.revoke(owner, other)
    with refused("device-not-active"):
        world.judge(late)
    assert active(world, owner) == {owner.id}


# revoke: whom it takes along


def test_a_revocation_follows_what_the_device_enrolled_after_since(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    before = world.link(lost)
    since = world.state.chain.position
    ghost = world.link(lost)
    deeper = world.join(world.invite("recovery", ghost))
    unrelated = world.link(owner)
    taken = {lost.id, ghost.id, deeper.id}
    after = world.judge(world.draft(owner, world.revoking(owner, lost, since=since)))
    assert set(after.accounts[owner.account].devices) == {owner.id, before.id, unrelated.id}
    assert {id_ for id_, one in after.former.items() if one.position == after.chain.position} == taken
    everything = world.judge(world.draft(owner, world.revoking(owner, lost, since=0)))
    assert set(everything.accounts[owner.account].devices) == {owner.id, unrelated.id}
    alone = world.judge(world.draft(owner, world.revoking(owner, lost)))
    assert set(alone.accounts[owner.account].devices) == {owner.id, before.id, ghost.id, deeper.id, unrelated.id}


def test_a_link_made_before_since_and_used_after_it_is_followed(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    link = world.invite("link", lost)
    since = world.state.chain.position
    world.join(link)
    world.revoke(owner, lost, since=since, last=())
    assert active(world, owner) == {owner.id}


def test_the_end_of_a_chain_does_not_save_itself_by_revoking_the_middle(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    since = world.state.chain.position
    middle = world.link(lost)
    end = world.link(middle)
    world.revoke(end, middle)
    world.revoke(owner, lost, since=since)
    assert active(world, owner) == {owner.id}


def test_who_came_by_the_lost_phone_after_since_does_not_revoke_it(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    since = world.state.chain.position
    ghost = world.link(lost)
    assert judged(world, ghost, world.revoking(ghost, lost, since=since)) == "not-authorised"
    assert judged(world, ghost, world.revoking(ghost, lost, since=since + 2)) == "ok"


def test_paper_that_the_stolen_phone_printed_long_ago_revokes_it(world: World, owner: Phone) -> None:
    """The one phone of most people made their code: whoever recovers with it was not enrolled by the thief."""
    paper = world.invite("recovery", owner)
    since = world.state.chain.position
    ghost = world.link(owner)
    phone = world.join(paper)
    for code in (None, paper):
        statement: Any = world.revoking(phone, owner, since=since)
        statement = world.cosigned(statement, code) if code else statement
        assert judged(world, phone, statement) == "ok"
    world.revoke(phone, owner, since=since, code=paper)
    assert active(world, owner) == {phone.id}
    assert ghost.id in world.state.former


# revoke: invites that close


def test_a_revocation_closes_what_the_device_left_open(world: World) -> None:
    lead, lost = world.lead, world.link(world.lead)
    early = [world.invite(role, lost) for role in ("link", "recovery", "member")]
    since = world.state.chain.position
    late = [world.invite(role, lost) for role in ("link", "recovery", "member", "lead")]
    others = [world.invite(role) for role in ("link", "recovery", "member", "lead")]
    day = world.state.time
    world.revoke(lead, lost, since=since)
    assert closing(world, *early) == [day, None, None]
    assert closing(world, *late) == [day, day + CODE_CLOSES_AFTER, day, day]
    assert closing(world, *others) == [None] * 4


def test_with_the_code_codes_close_at_once(world: World, owner: Phone) -> None:
    paper, lost = world.invite("recovery", owner), world.link(owner)
    before = world.invite("recovery", lost)
    since = world.state.chain.position
    made = world.invite("recovery", lost)
    world.revoke(owner, lost, since=since, code=paper)
    assert closing(world, paper, before, made) == [None, None, world.state.time]


def test_codes_of_the_middle_of_a_chain_close_too(world: World, owner: Phone) -> None:
    paper, lost = world.invite("recovery", owner), world.link(owner)
    since = world.state.chain.position
    middle = world.link(lost)
    end, made = world.link(middle), world.invite("recovery", middle)
    world.revoke(end, middle)
    world.revoke(owner, lost, since=since, code=paper)
    assert closing(world, made) == [world.state.time]


# revoke: with the code


def test_only_the_oldest_open_code_co_signs(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    oldest, younger = world.invite("recovery", owner), world.invite("recovery", owner)
    statement = world.revoking(owner, lost)
    assert judged(world, owner, world.cosigned(statement, younger)) == "cosignature-invalid"
    assert judged(world, owner, world.cosigned(statement, oldest)) == "ok"
    world.close(owner, oldest, code=oldest)
    assert judged(world, owner, world.cosigned(world.revoking(owner, lost), younger)) == "ok"


def test_a_code_of_the_revoked_device_does_not_co_sign(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    before = world.state.chain.position
    code = world.invite("recovery", lost)
    for since, expected in ((before, "cosignature-invalid"), (before + 1, "ok")):
        statement = world.cosigned(world.revoking(owner, lost, since=since), code)
        assert judged(world, owner, statement) == expected


def test_the_code_cancels_what_the_thief_revoked(world: World, owner: Phone) -> None:
    paper, thief = world.invite("recovery", owner), world.link(owner)
    third = world.link(owner)
    since = world.state.chain.position
    world.write(owner, world.log("personal", owner))
    world.revoke(thief, owner, last=())
    world.revoke(thief, third, last=())
    phone = world.join(paper)
    without = world.judge(world.draft(phone, world.revoking(phone, thief, since=since)))
    assert set(without.accounts[owner.account].devices) == {phone.id}
    world.revoke(phone, thief, since=since, code=paper)
    assert world.state.accounts[owner.account].devices == (owner.id, third.id, phone.id)
    assert set(world.state.former) == {thief.id}
    assert world.state.was_active(owner.id, world.state.chain.position)
    world.write(owner, world.log("personal", owner))


def test_the_code_spares_what_was_revoked_before_since(world: World, owner: Phone) -> None:
    paper, thief = world.invite("recovery", owner), world.link(owner)
    sold = world.link(owner)
    world.revoke(thief, sold)
    world.revoke(owner, thief, since=world.state.chain.position, code=paper)
    assert set(world.state.former) == {sold.id, thief.id}


def test_a_thiefs_phone_that_hid_behind_its_ghost_is_found(world: World, owner: Phone) -> None:
    """The ghost revokes the stolen phone, so that nobody can name it any more; the code names it all the same."""
    paper, thief = world.invite("recovery", owner), world.link(owner)
    since = world.state.chain.position
    ghost = world.link(thief)
    world.revoke(ghost, thief)
    assert judged(world, owner, world.revoking(owner, thief, since=since)) == "not-authorised"
    world.revoke(owner, thief, since=since, code=paper)
    assert active(world, owner) == {owner.id}
    assert {world.state.former[each.id].by for each in (thief, ghost)} == {owner.id}


def test_removals_of_a_revoked_lead_stay(world: World, owner: Phone) -> None:
    thief = world.link(world.lead)
    paper = next(iter(world.state.open_invites("recovery", account=world.lead.account)))
    assert world.state.invites[paper].device == world.lead.id
    since = world.state.chain.position
    world.remove(thief, owner)
    world.revoke(world.lead, thief, since=since)
    assert owner.account in world.state.departed


# remove


def test_a_removed_account_is_gone_with_all_its_devices(world: World, owner: Phone) -> None:
    second, code, link = world.link(owner), world.invite("recovery", owner), world.invite("link", owner)
    world.day += 1
    world.remove(world.lead, owner)
    state = world.state
    assert owner.account not in state.accounts
    assert not {owner.id, second.id} & set(state.devices)
    assert state.departed[owner.account].time == world.day
    assert {state.former[each.id].position for each in (owner, second)} == {state.chain.position}
    assert closing(world, code, link) == [world.day, world.day]
    assert (state.commons_due, state.leads_due) == (world.day, None)
    for used in (code, link):
        phone = world.newcomer(used)
        assert judged(world, phone, world.joining(phone, used)) == "invite-not-open"


def test_a_removed_lead_takes_its_open_invites_along(world: World) -> None:
    second = world.second_lead()
    theirs = [world.invite(role, second) for role in ("member", "lead")]
    others = world.invite("member")
    world.remove(world.lead, second)
    assert closing(world, *theirs, others) == [FIRST_DAY, FIRST_DAY, None]
    assert (world.state.leads, world.state.leads_due) == (frozenset({world.lead.account}), FIRST_DAY)
    assert world.state.was_lead(second.account)


def test_the_last_lead_stays(world: World) -> None:
    paper = Pass("recovery", b"", world.new_pass("recovery", world.lead).keys)
    assert judged(world, world.lead, world.removing(world.lead.account)) == "not-authorised"
    assert judged(world, world.lead, world.cosigned(world.removing(world.lead.account), paper)) == "cosignature-invalid"
    second = world.second_lead()
    assert judged(world, second, world.removing(world.lead.account)) == "ok"
    assert judged(world, second, world.removing(second.account)) == "ok"


def test_a_member_removes_nobody_else(world: World, owner: Phone) -> None:
    other = world.member()
    for account in (other.account, world.lead.account, b"z" * 16):
        assert judged(world, owner, world.removing(account)) == "not-authorised"


def test_an_account_with_a_code_leaves_with_its_oldest(world: World, owner: Phone) -> None:
    """A thief's phone alone could otherwise end the account that the paper recovers."""
    assert judged(world, owner, world.removing(owner.account)) == "ok"
    oldest, younger = world.invite("recovery", owner), world.invite("recovery", owner)
    leaving = world.removing(owner.account)
    assert judged(world, owner, leaving) == "cosignature-invalid"
    assert judged(world, owner, world.cosigned(leaving, younger)) == "cosignature-invalid"
    assert judged(world, owner, world.cosigned(leaving, oldest)) == "ok"
    assert judged(world, world.lead, leaving) == "ok"


def test_nobody_is_removed_twice_or_comes_back_under_the_same_id(world: World, owner: Phone) -> None:
    world.remove(world.lead, owner)
    assert judged(world, world.lead, Remove(FIRST_DAY, owner.account, ())) == "not-authorised"
    used = world.invite("member")
    phone = world.newcomer(used)
    assert judged(world, phone, world.joining(phone, used, account=owner.account)) == "exists"
    back = replace(phone, signing=owner.signing)
    assert judged(world, back, world.joining(back, used)) == "exists"
    back = replace(phone, person=replace(phone.person, member=owner.person.member))
    assert judged(world, back, world.joining(back, used)) == "exists"


def test_last_of_a_removal_is_for_what_a_lead_wrote_in_the_shared_spaces(world: World, owner: Phone) -> None:
    second = world.second_lead()
    commons, leads = world.log("commons"), world.log("leads")
    for removed, device, log, expected in (
        (second, second, commons, "ok"),
        (second, second, leads, "ok"),
        (second, second, world.log("personal", second), "entry-malformed"),
        (second, world.lead, commons, "entry-malformed"),
        (second, second, world.programme, "entry-malformed"),
        (owner, owner, commons, "entry-malformed"),
        (owner, owner, world.log("personal", owner), "entry-malformed"),
    ):
        statement = world.removing(removed.account, last=((device.id, log, b"l" * 32),))
        assert judged(world, world.lead, statement) == expected
    entry = world.write(second, commons)
    world.remove(world.lead, second)
    assert dict(world.state.former[second.id].accepted) == {commons: entry.leaf}


def test_a_revoked_device_is_not_removed_again(world: World, owner: Phone) -> None:
    lost = world.link(owner)
    world.revoke(owner, lost)
    revoked = world.state.chain.position
    world.remove(world.lead, owner)
    assert world.state.former[lost.id].position == revoked
    assert world.state.former[owner.id].position == revoked + 1
