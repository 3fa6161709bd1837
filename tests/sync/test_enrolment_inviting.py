"""Rules of page 4 for `invite`: each from both sides of its bound."""

from dataclasses import replace
from typing import Any

import pytest

from sync import enrolment
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.sync.enrolled import judged

NEUTRAL = (1).to_bytes(32, "little")
"""The neutral point: under it, where it is not refused, anybody signs anything."""


@pytest.fixture
def world() -> World:
    """A lead with a recovery code."""
    world = World.found(7)
    world.invite("recovery")
    return world


def test_the_numbers_are_those_of_page_4() -> None:
    assert enrolment.LONGEST_DAYS == {"member": 14, "lead": 14, "link": 1}
    assert enrolment.MOST_USES == {"member": 100, "lead": 1, "link": 1}
    assert (enrolment.OPEN_PER_ACCOUNT, enrolment.OPEN_CODES_WITH_CODE, enrolment.OPEN_PER_PROGRAMME) == (4, 8, 1_000)
    assert (enrolment.ACTIVE_DEVICES, enrolment.ACTIVE_DEVICES_WITH_CODE) == (8, 64)
    assert (enrolment.KEPT_FOR_AN_OLDER_CODE, enrolment.DEVICE_STATEMENTS_A_YEAR) == (8, 30)


def test_an_invite_is_recorded_as_it_was_signed(world: World) -> None:
    made = world.invite("member", uses=3, last_day=FIRST_DAY + 2)
    record = world.state.invites[made.id]
    assert (record.role, record.account, record.uses, record.last_day) == ("member", b"", 3, FIRST_DAY + 2)
    assert (record.signing_key, record.hpke_hash) == (made.keys.signing.public, made.keys.hpke.hash)
    assert (record.position, record.author, record.closing) == (3, world.lead.account, None)
    assert world.state.open_invites("member", "lead").keys() == {made.id}


@pytest.mark.parametrize(
    ("role", "different", "expected"),
    [
        ("member", {"account": b"a" * 16}, "entry-malformed"),
        ("lead", {"account": b"a" * 16}, "entry-malformed"),
        ("link", {"account": b""}, "not-authorised"),
        ("link", {"account": b"a" * 16}, "not-authorised"),
        ("recovery", {"account": b""}, "not-authorised"),
        ("recovery", {"account": b"a" * 16}, "not-authorised"),
        ("member", {"uses": 0}, "limit-reached"),
        ("member", {"uses": 1}, "ok"),
        ("member", {"uses": 100}, "ok"),
        ("member", {"uses": 101}, "limit-reached"),
        ("lead", {"uses": 0}, "limit-reached"),
        ("lead", {"uses": 2}, "limit-reached"),
        ("link", {"uses": 0}, "limit-reached"),
        ("link", {"uses": 2}, "limit-reached"),
        ("recovery", {"uses": 1}, "entry-malformed"),
        ("member", {"last_day": FIRST_DAY - 1}, "limit-reached"),
        ("member", {"last_day": FIRST_DAY}, "ok"),
        ("member", {"last_day": FIRST_DAY + 14}, "ok"),
        ("member", {"last_day": FIRST_DAY + 15}, "limit-reached"),
        ("lead", {"last_day": FIRST_DAY + 14}, "ok"),
        ("lead", {"last_day": FIRST_DAY + 15}, "limit-reached"),
        ("link", {"last_day": FIRST_DAY - 1}, "limit-reached"),
        ("link", {"last_day": FIRST_DAY}, "ok"),
        ("link", {"last_day": FIRST_DAY + 1}, "ok"),
        ("link", {"last_day": FIRST_DAY + 2}, "limit-reached"),
        ("recovery", {"last_day": FIRST_DAY}, "entry-malformed"),
        ("member", {"server_key": b"s" * 32}, "counter-signature-invalid"),
        ("member", {"signing_key": NEUTRAL}, "key-refused"),
        ("member", {"signing_key": b"\xff" * 32}, "key-refused"),
        ("member", {"counter_signature": bytes(64)}, "counter-signature-invalid"),
    ],
)
def test_what_an_invite_may_say(world: World, role: str, different: dict[str, Any], expected: str) -> None:
    made = world.new_pass(role, world.lead)
    assert judged(world, world.lead, world.inviting(made, **different)) == expected


@pytest.mark.parametrize(
    "different",
    [
        {"role": "lead"},
        {"uses": 2},
        {"last_day": FIRST_DAY + 1},
        {"hpke_hash": bytes(32)},
        {"server_key": b"s" * 32},
    ],
)
def test_the_counter_signature_covers_each_element(world: World, different: dict[str, Any]) -> None:
    statement = world.inviting(world.new_pass("member", world.lead))
    assert judged(world, world.lead, statement) == "ok"
    assert judged(world, world.lead, replace(statement, **different)) == "counter-signature-invalid"


def test_the_counter_signature_covers_programme_and_witness(world: World) -> None:
    made = world.new_pass("member", world.lead)
    earlier = world.states[1].chain.cursor
    assert judged(world, world.lead, world.inviting(made, seen=earlier)) == "counter-signature-invalid"
    assert judged(world, world.lead, world.inviting(made, seen=earlier), seen=earlier) == "ok"
    elsewhere = World.found(8)
    elsewhere.invite("recovery")
    foreign = elsewhere.inviting(made, server_key=world.server.public, seen=world.state.chain.cursor)
    assert judged(world, world.lead, foreign) == "counter-signature-invalid"


def test_only_the_invites_own_key_counter_signs(world: World) -> None:
    made = world.new_pass("member", world.lead)
    for signer in (world.lead.signing, world.server):
        assert judged(world, world.lead, world.inviting(made, signer=signer)) == "counter-signature-invalid"


def test_an_invite_key_is_new(world: World) -> None:
    made = world.invite("member")
    assert judged(world, world.lead, world.inviting(made)) == "exists"
    assert judged(world, world.lead, world.inviting(made, hpke_hash=bytes(32))) == "exists"
    fresh = world.new_pass("member", world.lead)
    own = world.inviting(fresh, signing_key=world.lead.signing.public, signer=world.lead.signing)
    assert judged(world, world.lead, own) == "exists"


def test_a_member_invite_needs_a_second_key() -> None:
    world = World.found(1)

    def invite_a_member() -> str:
        return judged(world, world.lead, world.inviting(world.new_pass("member", world.lead)))

    assert invite_a_member() == "second-key-needed"
    code = world.invite("recovery")
    assert invite_a_member() == "ok"
    member = world.join(world.invite("member"))
    world.close(world.lead, code)
    assert invite_a_member() == "ok", "it closes in 30 days only"
    world.close(world.lead, code, code=code)
    world.invite("recovery", member)
    assert invite_a_member() == "second-key-needed", "a member's code opens no leads' space"
    world.second_lead()
    assert invite_a_member() == "ok"


@pytest.mark.parametrize("role", ["link", "recovery"])
def test_an_account_has_four_open_links_and_codes(role: str) -> None:
    world = World.found(2)
    world.second_lead()
    member = world.member()
    made = [world.invite(role, member) for _ in range(4)]
    again = world.new_pass(role, member)
    assert judged(world, member, world.inviting(again)) == "limit-reached"
    assert judged(world, world.lead, world.inviting(world.new_pass(role, world.lead))) == "ok", "another account"
    world.close(member, made[0])
    expected = {"link": "ok", "recovery": "limit-reached"}[role]
    assert judged(world, member, world.inviting(again)) == expected, "a code that closes later counts"


def test_expired_links_do_not_count(world: World) -> None:
    for _ in range(4):
        world.invite("link")
    world.day += 2
    assert judged(world, world.lead, world.inviting(world.new_pass("link", world.lead))) == "ok"


def test_a_programme_has_a_thousand_open_invites(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert enrolment.OPEN_PER_PROGRAMME == 1_000
    monkeypatch.setattr(enrolment, "OPEN_PER_PROGRAMME", 3)
    made = [world.invite(role) for role in ("member", "lead", "member")]
    for role in ("member", "lead"):
        assert judged(world, world.lead, world.inviting(world.new_pass(role, world.lead))) == "limit-reached"
    world.invite("link")
    world.join(made[0])
    world.invite("member")


def test_links_are_refused_after_thirty_device_statements_a_year(world: World) -> None:
    """Fifteen links, spent and expired, are thirty statements with their joins."""
    for _ in range(14):
        world.link(world.lead) if len(world.state.accounts[world.lead.account].devices) < 8 else world.invite("link")
        world.day += 2
    while len(world.state.accounts[world.lead.account].device_days) < 30:
        world.invite("link")
        world.day += 2
    last = world.state.accounts[world.lead.account].device_days
    assert len(last) == 30
    assert judged(world, world.lead, world.inviting(world.new_pass("link", world.lead))) == "limit-reached"
    world.day = last[0] + 364
    assert judged(world, world.lead, world.inviting(world.new_pass("link", world.lead))) == "limit-reached"
    world.day = last[0] + 365
    assert judged(world, world.lead, world.inviting(world.new_pass("link", world.lead))) == "ok"
