"""Rules of page 4 for `join`: each from both sides of its bound."""

from dataclasses import replace
from typing import Any

import pytest

from crypto.public.ids import device_id
from sync.log import ZERO
from sync.statements import Announce, DeviceKeys, Join
from tests.support.actors import World
from tests.support.people import Pass, new_person, new_phone
from tests.support.programme import FIRST_DAY
from tests.support.refusals import refused
from tests.sync.enrolled import judged

NEUTRAL = (1).to_bytes(32, "little")
"""The neutral point: under it, where it is not refused, anybody signs anything."""


@pytest.fixture
def world() -> World:
    """A lead with a recovery code."""
    world = World.found(7)
    world.invite("recovery")
    return world


def test_a_join_makes_an_account_its_device_and_its_space(world: World) -> None:
    used = world.invite("member", uses=2)
    phone = world.join(used)
    state = world.state
    account, device = state.accounts[phone.account], state.devices[phone.id]
    assert (account.role, account.member_key_hash, account.joined) == ("member", phone.person.member.hash, 4)
    assert (account.devices, account.device_days) == ((phone.id,), ())
    assert (device.account, device.enrolled, device.invite) == (phone.account, 4, used.id)
    assert phone.account not in state.leads
    space = state.spaces[world.log("personal", phone)]
    assert (space.name, space.account, space.epoch, space.current.since) == ("personal", phone.account, 1, 4)
    assert state.invites[used.id].uses == 1


def test_a_lead_who_joins_leads(world: World) -> None:
    phone = world.second_lead()
    assert world.state.leads == {world.lead.account, phone.account}


def test_a_link_adds_a_device_to_the_account(world: World) -> None:
    phone = world.link(world.lead)
    assert world.state.accounts[world.lead.account].devices == (world.lead.id, phone.id)
    assert len(world.state.accounts) == 1


@pytest.mark.parametrize(("role", "uses"), [("member", 1), ("member", 3), ("lead", 1), ("link", 1)])
def test_an_invite_is_spent_by_its_uses(world: World, role: str, uses: int) -> None:
    used = world.invite(role, uses=uses)
    for _ in range(uses):
        world.join(used)
    phone = world.newcomer(used)
    assert judged(world, phone, world.joining(phone, used)) == "invite-not-open"


def test_a_code_is_not_spent(world: World) -> None:
    code = world.invite("recovery")
    for _ in range(3):
        world.join(code)
    assert world.state.invites[code.id].is_open(world.state.time)


@pytest.mark.parametrize(("role", "days"), [("member", 14), ("lead", 14), ("link", 1)])
def test_an_invite_is_open_on_its_last_day_and_not_on_the_next(world: World, role: str, days: int) -> None:
    used = world.invite(role)
    phone = world.newcomer(used)
    world.day = FIRST_DAY + days
    assert judged(world, phone, world.joining(phone, used)) == "ok"
    world.day += 1
    assert judged(world, phone, world.joining(phone, used)) == "invite-not-open"


def test_a_join_cannot_turn_back_roster_time(world: World) -> None:
    used = world.invite("member")
    phone = world.newcomer(used)
    world.day += 15
    world.announce(world.lead)
    assert judged(world, phone, world.joining(phone, used, day=FIRST_DAY)) == "invite-not-open"


def test_a_code_has_no_last_day(world: World) -> None:
    code = world.invite("recovery")
    world.day += 10_000
    world.join(code)


@pytest.mark.parametrize("role", ["member", "lead", "link", "recovery"])
def test_a_closed_invite_opens_nothing(world: World, role: str) -> None:
    used = world.invite(role)
    phone = world.newcomer(used)
    world.close(world.lead, used, code=used if role == "recovery" else None)
    assert judged(world, phone, world.joining(phone, used)) == "invite-not-open"


def test_a_join_uses_the_invite_for_its_own_role(world: World) -> None:
    passes = {role: world.invite(role) for role in ("member", "lead", "link", "recovery")}
    for role, used in passes.items():
        phone = world.newcomer(used)
        for other in passes.keys() - {role}:
            assert judged(world, phone, world.joining(phone, used, role=other)) == "invite-not-open"


def test_a_join_has_seen_the_invite(world: World) -> None:
    before = world.state.chain.cursor
    used = world.invite("member")
    phone = world.newcomer(used)
    world.announce(world.lead)
    for state in world.states[before.position :]:
        seen = state.chain.cursor
        expected = "witness-unknown" if seen == before else "ok"
        assert judged(world, phone, world.joining(phone, used, seen=seen), seen=seen) == expected


@pytest.mark.parametrize(
    "different",
    [
        {"member_key_hash": b"m" * 32},
        {"commitment": b"c" * 32},
        {"account": b"a" * 16},
        {"invite_signature": bytes(64)},
    ],
)
def test_the_consent_of_the_invite_covers_each_element(world: World, different: dict[str, Any]) -> None:
    used = world.invite("member")
    phone = world.newcomer(used)
    statement = world.joining(phone, used)
    assert judged(world, phone, statement) == "ok"
    assert judged(world, phone, replace(statement, **different)) == "signature-invalid"


def test_the_consent_of_the_invite_covers_device_witness_and_programme(world: World) -> None:
    used = world.invite("member", uses=100)
    phone, other = world.newcomer(used), world.newcomer(used)
    stolen = replace(world.joining(phone, used), device=other.keys)
    assert judged(world, other, stolen) == "signature-invalid"
    earlier = world.state.chain.cursor
    world.announce(world.lead)
    assert judged(world, phone, world.joining(phone, used, seen=earlier)) == "signature-invalid"
    message = replace(world.joining(phone, used)).join_message(b"P" * 32, world.state.chain.cursor)
    foreign = world.joining(phone, used, invite_signature=used.keys.signing.sign("join", message))
    assert judged(world, phone, foreign) == "signature-invalid"


def test_only_the_invites_key_consents(world: World) -> None:
    used, another = world.invite("member"), world.invite("member")
    phone = world.newcomer(used)
    for signer in (phone.signing, world.lead.signing, another.keys.signing):
        assert judged(world, phone, world.joining(phone, used, signer=signer)) == "signature-invalid"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"sequence": 2}, "entry-malformed"),
        ({"prev": b"p" * 32}, "prev-mismatch"),
        ({"device": ZERO}, "entry-malformed"),
    ],
)
def test_the_header_of_a_join(world: World, header: dict[str, Any], expected: str) -> None:
    used = world.invite("member")
    phone = world.newcomer(used)
    assert judged(world, phone, world.joining(phone, used), **header) == expected


def test_a_join_has_no_cosignature(world: World) -> None:
    code = world.invite("recovery")
    phone = world.newcomer(code)
    assert judged(world, phone, world.cosigned(world.joining(phone, code), code)) == "cosignature-invalid"


def test_a_device_is_enrolled_once(world: World) -> None:
    code = world.invite("recovery")
    phone = world.join(code)
    assert judged(world, phone, world.joining(phone, code), sequence=1) == "sequence-used"
    assert judged(world, phone, world.joining(phone, code)) == "entry-malformed"
    again = replace(phone, hpke=world.newcomer(code).hpke)
    assert judged(world, again, world.joining(again, code)) == "exists"


def test_a_device_has_no_key_that_was_a_devices_or_an_invites(world: World) -> None:
    used, another = world.invite("member"), world.invite("member")
    for signing in (world.lead.signing, used.keys.signing, another.keys.signing):
        phone = replace(world.newcomer(used), signing=signing)
        assert judged(world, phone, world.joining(phone, used)) == "exists"


def test_a_device_key_of_small_order_is_refused(world: World) -> None:
    used = world.invite("member")
    phone = world.newcomer(used)
    keys = DeviceKeys(NEUTRAL, phone.hpke.hash)
    statement = world.joining(phone, used, device=keys)
    assert judged(world, phone, statement, device=device_id(NEUTRAL, phone.hpke.hash)) == "key-refused"


def joined_by(world: World, used: Pass, **different: Any) -> str:
    phone = world.newcomer(used)
    return judged(world, phone, world.joining(phone, used, **different))


@pytest.mark.parametrize("role", ["member", "lead"])
def test_a_new_account_is_whole_and_new(world: World, role: str) -> None:
    taken, used = world.lead.person, world.invite(role)
    assert joined_by(world, used, account=bytes(16)) == "entry-malformed"
    assert joined_by(world, used, member_key_hash=b"") == "entry-malformed"
    assert joined_by(world, used, commitment=b"") == "entry-malformed"
    assert joined_by(world, used, account=taken.account) == "exists"
    assert joined_by(world, used, member_key_hash=taken.member.hash) == "exists"
    assert joined_by(world, used) == "ok"


@pytest.mark.parametrize("role", ["link", "recovery"])
def test_a_further_device_brings_keys_of_its_own_only(world: World, role: str) -> None:
    used = world.invite(role)
    assert joined_by(world, used, member_key_hash=b"m" * 32) == "entry-malformed"
    assert joined_by(world, used, commitment=b"c" * 32) == "entry-malformed"
    assert joined_by(world, used, account=b"a" * 16) == "not-authorised"
    assert joined_by(world, used) == "ok"


def test_an_account_has_eight_devices_by_links(world: World) -> None:
    for _ in range(7):
        world.link(world.lead)
    more = world.invite("link")
    phone = world.newcomer(more)
    assert judged(world, phone, world.joining(phone, more)) == "limit-reached"
    code = world.invite("recovery")
    phone = world.newcomer(code)
    assert judged(world, phone, world.joining(phone, code)) == "ok"


def test_a_recovery_is_not_held_up_by_the_limit_of_a_year(world: World) -> None:
    code = world.invite("recovery")
    for _ in range(30):
        world.join(code)
    link = world.new_pass("link", world.lead)
    assert judged(world, world.lead, world.inviting(link)) == "limit-reached"
    world.join(code)


def test_a_link_made_before_the_limit_of_a_year_is_refused_after_it(world: World) -> None:
    link, code = world.invite("link"), world.invite("recovery")
    phone = world.newcomer(link)
    for _ in range(5):
        world.join(code)
    assert judged(world, phone, world.joining(phone, link)) == "ok"
    for _ in range(24):
        closed = world.invite("recovery", code=code)
        world.close(world.lead, closed, code=code)
    assert judged(world, phone, world.joining(phone, link)) == "limit-reached"


def test_joins_by_other_people_do_not_count(world: World) -> None:
    used = world.invite("member", uses=100)
    for _ in range(40):
        world.join(used)
    world.link(world.lead)


def test_an_announcement_of_a_stranger_is_not_a_join(world: World) -> None:
    stranger = new_phone(world.randomness, new_person(world.randomness))
    with refused("device-not-active"):
        world.judge(world.draft(stranger, Announce(FIRST_DAY, 1)))


def test_a_join_by_an_invite_nobody_made_is_refused(world: World) -> None:
    made: Pass = world.new_pass("member", world.lead)
    phone = world.newcomer(made)
    statement: Join = world.joining(phone, made)
    assert judged(world, phone, statement) == "invite-not-open"
