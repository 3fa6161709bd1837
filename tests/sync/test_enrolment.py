"""Rules of page 4 for `found`, `invite` and `join`: each from both sides of its bound."""

from dataclasses import replace
from typing import Any

import pytest

from crypto.public.ids import device_id, log_id, programme_id
from sync import enrolment
from sync.log import ZERO, Cursor
from sync.state import Epoch, RosterState
from sync.statements import Announce, Cosignature, DeviceKeys, Found, Join, Policy, Statement, decode_statement
from tests.support.actors import ADDRESS, FIRST_DAY, Pass, Phone, World, new_person, new_phone
from tests.support.refusals import outcome, refused

NEUTRAL = (1).to_bytes(32, "little")
"""The neutral point: under it, where it is not refused, anybody signs anything."""


@pytest.fixture
def world() -> World:
    """A lead with a recovery code."""
    world = World.found(7)
    world.invite("recovery")
    return world


def judged(world: World, phone: Phone, statement: Statement, seen: Cursor | None = None, **header: Any) -> str:
    return outcome(world.judge, world.draft(phone, statement, seen=seen, **header))[0]


def test_the_numbers_are_those_of_page_4() -> None:
    assert enrolment.LONGEST_DAYS == {"member": 14, "lead": 14, "link": 1}
    assert enrolment.MOST_USES == {"member": 100, "lead": 1, "link": 1}
    assert (enrolment.OPEN_PER_ACCOUNT, enrolment.OPEN_CODES_WITH_CODE, enrolment.OPEN_PER_PROGRAMME) == (4, 8, 1_000)
    assert (enrolment.ACTIVE_DEVICES, enrolment.ACTIVE_DEVICES_WITH_CODE) == (8, 64)
    assert (enrolment.KEPT_FOR_AN_OLDER_CODE, enrolment.DEVICE_STATEMENTS_A_YEAR) == (8, 30)


# found


def founded(**different: Any) -> tuple[World, Found]:
    world = World.found(3)
    statement = decode_statement("found", world.entries[0].check_body())
    assert isinstance(statement, Found)
    return world, replace(statement, **different)


def judged_founding(world: World, statement: Found, **header: Any) -> str:
    """Of the programme that the statement itself names."""
    start = RosterState.start(programme_id(statement.encode()))
    return judged(replace(world, states=[start], entries=[]), world.lead, statement, **header)


def test_found_makes_a_lead_its_device_and_three_spaces() -> None:
    world, statement = founded()
    state, lead = world.state, world.lead
    assert (state.chain.position, state.time, state.rules, state.address) == (1, FIRST_DAY, 1, ADDRESS)
    assert (state.server_key, state.policy) == (world.server.public, Policy(1, 180, 730))
    assert state.leads == set(state.accounts) == {lead.account}
    account, device = state.accounts[lead.account], state.devices[lead.id]
    assert (account.role, account.member_key_hash, account.joined) == ("lead", lead.person.member.hash, 1)
    assert account.devices == (lead.id,)
    assert (device.account, device.enrolled, device.invite) == (lead.account, 1, ZERO)
    assert (device.signing_key, device.hpke_hash) == (lead.signing.public, lead.hpke.hash)
    personal, commons, leads = statement.commitments
    assert {log: space.epochs for log, space in state.spaces.items()} == {
        log_id(world.programme, "personal", lead.account): (Epoch(1, personal),),
        log_id(world.programme, "commons"): (Epoch(1, commons),),
        log_id(world.programme, "leads"): (Epoch(1, leads, b"", statement.inbox_hash),),
    }


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({}, "ok"),
        ({"rules": 0}, "statement-unsupported"),
        ({"rules": 2}, "statement-unsupported"),
        ({"address": "x" * 200}, "ok"),
        ({"address": "x" * 201}, "entry-malformed"),
        ({"policy": Policy(1, 90, 3_650)}, "ok"),
        ({"policy": Policy(0, 180, 730)}, "policy-floor"),
        ({"policy": Policy(2, 180, 730)}, "policy-floor"),
        ({"policy": Policy(1, 89, 730)}, "policy-floor"),
        ({"policy": Policy(1, 180, 89)}, "policy-floor"),
        ({"policy": Policy(1, 3_651, 730)}, "policy-floor"),
        ({"policy": Policy(1, 180, 3_651)}, "policy-floor"),
        ({"account": bytes(16)}, "entry-malformed"),
        ({"server_key": NEUTRAL}, "key-refused"),
        ({"cosignature": Cosignature(ZERO, bytes(64))}, "cosignature-invalid"),
        ({"device": DeviceKeys(bytes(32), bytes(32))}, "entry-malformed"),
    ],
)
def test_what_a_founding_statement_may_say(different: dict[str, Any], expected: str) -> None:
    assert judged_founding(*founded(**different)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"sequence": 2}, "entry-malformed"),
        ({"epoch": 1}, "entry-malformed"),
        ({"prev": b"p" * 32}, "prev-mismatch"),
        ({"seen": Cursor(0, ZERO)}, "witness-unknown"),
        ({"device": ZERO}, "entry-malformed"),
        ({"roster": Cursor(0, ZERO)}, "entry-malformed"),
    ],
)
def test_the_header_of_a_founding_statement(header: dict[str, Any], expected: str) -> None:
    assert judged_founding(*founded(), **header) == expected


def test_a_programme_is_the_hash_of_its_founding_statement() -> None:
    world, statement = founded()
    other = replace(world, states=[RosterState.start(b"P" * 32)], entries=[])
    assert judged(other, world.lead, statement) == "entry-malformed"


def test_a_founder_does_not_use_one_key_twice() -> None:
    world, statement = founded()
    twice = replace(statement, member_key_hash=world.lead.signing.public)
    assert judged_founding(world, twice) == "exists"


# invite


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


# join


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
