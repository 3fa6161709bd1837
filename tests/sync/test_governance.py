"""Rules of page 4 for `rotate`, `policy`, `close_invite`, `announce`, `rules`, `server` and `restored`, and for
co-signatures on any of them.
"""

from dataclasses import replace
from typing import Any

import pytest

from crypto.public.signing import SigningKey
from sync.governance import CODE_CLOSES_AFTER
from sync.state import Epoch
from sync.statement import Cosignature, Statement
from sync.statements import Announce, CloseInvite, Policy, SetPolicy, SetRules, SetServer
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.programme import FIRST_DAY
from tests.support.refusals import outcome


@pytest.fixture
def world() -> World:
    """A lead with a recovery code."""
    world = World.found(11)
    world.invite("recovery")
    return world


def judged(world: World, phone: Phone, statement: Statement, **header: Any) -> str:
    return outcome(world.judge, world.draft(phone, statement, **header))[0]


# rotate


@pytest.mark.parametrize("name", ["personal", "commons", "leads"])
def test_a_rotation_starts_the_next_epoch(world: World, name: str) -> None:
    log = world.log(name, world.lead)
    first = world.state.spaces[log]
    statement = world.rotating(world.lead, name)
    world.push(world.draft(world.lead, statement))
    second = world.state.spaces[log]
    since = world.state.chain.position
    made = Epoch(since, statement.commitment, statement.sealed_previous, statement.inbox_hash)
    assert (second.epoch, second.epochs, second.current) == (2, (*first.epochs, made), made)
    assert first.epoch == 1
    assert [second.epoch_at(position) for position in (0, 1, since - 1, since, since + 9)] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("name", "different", "expected"),
    [
        ("commons", {"epoch": 0}, "epoch-stale"),
        ("commons", {"epoch": 1}, "epoch-stale"),
        ("commons", {"epoch": 3}, "epoch-stale"),
        ("commons", {"epoch": 2**53 - 1}, "epoch-stale"),
        ("commons", {"account": b"a" * 16}, "entry-malformed"),
        ("commons", {"inbox_hash": b"i" * 32}, "entry-malformed"),
        ("commons", {"space": "witness"}, "entry-malformed"),
        ("leads", {"inbox_hash": b""}, "entry-malformed"),
        ("personal", {"inbox_hash": b"i" * 32}, "entry-malformed"),
        ("personal", {"account": b""}, "not-authorised"),
        ("personal", {"account": b"a" * 16}, "not-authorised"),
        ("personal", {"epoch": 1}, "epoch-stale"),
    ],
)
def test_what_a_rotation_may_say(world: World, name: str, different: dict[str, Any], expected: str) -> None:
    assert judged(world, world.lead, world.rotating(world.lead, name, **different)) == expected


def test_two_rotations_from_one_state_do_not_both_land(world: World) -> None:
    phone = world.link(world.lead)
    one, other = (world.draft(each, world.rotating(each, "commons")) for each in (world.lead, phone))
    world.push(one)
    assert outcome(world.judge, other)[0] == "seen-stale"


# policy


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(1, 90, 3_650), "ok"),
        (Policy(1, 3_650, 90), "ok"),
        (Policy(0, 180, 730), "policy-floor"),
        (Policy(2, 180, 730), "policy-floor"),
        (Policy(1, 89, 730), "policy-floor"),
        (Policy(1, 180, 89), "policy-floor"),
        (Policy(1, 3_651, 730), "policy-floor"),
        (Policy(1, 180, 3_651), "policy-floor"),
        (Policy(1, 0, 0), "policy-floor"),
    ],
)
def test_a_policy_stays_within_its_bounds(world: World, policy: Policy, expected: str) -> None:
    assert judged(world, world.lead, SetPolicy(FIRST_DAY, policy)) == expected
    if expected == "ok":
        world.policy(world.lead, policy)
        assert world.state.policy == policy


# close_invite


def test_links_and_invites_close_at_once(world: World) -> None:
    for role in ("member", "lead", "link"):
        made = world.invite(role)
        world.close(world.lead, made)
        record = world.state.invites[made.id]
        assert (record.closing, record.is_open(world.state.time)) == (FIRST_DAY, False)


@pytest.mark.parametrize("role", ["member", "lead", "link", "recovery"])
def test_what_is_not_open_is_not_closed(world: World, role: str) -> None:
    made = world.invite(role)
    world.close(world.lead, made, code=made if role == "recovery" else None)
    assert judged(world, world.lead, CloseInvite(FIRST_DAY, made.id)) == "invite-not-open"
    never = world.new_pass(role, world.lead)
    assert judged(world, world.lead, CloseInvite(FIRST_DAY, never.id)) == "invite-not-open"


def test_a_spent_or_expired_invite_is_not_closed(world: World) -> None:
    spent, expired = world.invite("member"), world.invite("link")
    world.join(spent)
    assert judged(world, world.lead, CloseInvite(FIRST_DAY, spent.id)) == "invite-not-open"
    assert judged(world, world.lead, CloseInvite(FIRST_DAY + 1, expired.id)) == "ok"
    assert judged(world, world.lead, CloseInvite(FIRST_DAY + 2, expired.id)) == "invite-not-open"


def test_any_lead_closes_an_invite(world: World) -> None:
    made = world.invite("member")
    member, second = world.member(), world.second_lead()
    assert judged(world, member, CloseInvite(FIRST_DAY, made.id)) == "not-authorised"
    assert judged(world, second, CloseInvite(FIRST_DAY, made.id)) == "ok"


def closing_of(world: World, made: Pass) -> int | None:
    return world.state.invites[made.id].closing


def test_a_device_alone_closes_a_code_thirty_days_later(world: World) -> None:
    code = world.invite("recovery")
    world.close(world.lead, code)
    assert closing_of(world, code) == FIRST_DAY + CODE_CLOSES_AFTER == FIRST_DAY + 30
    phone = world.newcomer(code)
    for later, expected in ((29, "ok"), (30, "invite-not-open")):
        world.day = FIRST_DAY + later
        assert judged(world, phone, world.joining(phone, code)) == expected


def test_closing_again_does_not_put_it_off(world: World) -> None:
    code = world.invite("recovery")
    world.close(world.lead, code)
    world.day += 20
    world.close(world.lead, code)
    assert closing_of(world, code) == FIRST_DAY + 30
    world.close(world.lead, code, code=code)
    assert closing_of(world, code) == world.day


def test_a_code_closes_itself_and_younger_ones_at_once(world: World) -> None:
    older, younger = world.invite("recovery"), world.invite("recovery")
    by_younger = world.cosigned(CloseInvite(FIRST_DAY, older.id), younger)
    assert judged(world, world.lead, by_younger) == "cosignature-invalid"
    world.close(world.lead, younger, code=older)
    assert closing_of(world, younger) == FIRST_DAY
    world.close(world.lead, older, code=older)
    assert closing_of(world, older) == FIRST_DAY


# announce


def test_a_device_announces_the_highest_rules_it_knows(world: World) -> None:
    for rules, highest in ((1, 1), (3, 3), (2, 3), (2**53 - 1, 2**53 - 1)):
        world.announce(world.lead, rules)
        assert world.state.devices[world.lead.id].rules == highest
    assert judged(world, world.lead, Announce(FIRST_DAY, 0)) == "entry-malformed"


# rules


def test_rules_rise_once_every_active_device_has_announced_them(world: World) -> None:
    member = world.member()
    lost = world.link(member)
    assert judged(world, world.lead, SetRules(FIRST_DAY, 2)) == "not-authorised"
    for phone in (world.lead, member):
        world.announce(phone, 3)
    assert judged(world, world.lead, SetRules(FIRST_DAY, 2)) == "not-authorised"
    world.revoke(member, lost)
    for version, expected in ((0, "entry-malformed"), (1, "not-authorised"), (2, "ok"), (3, "ok")):
        assert judged(world, member, SetRules(FIRST_DAY, version)) == expected
    assert judged(world, member, SetRules(FIRST_DAY, 4)) == "not-authorised"
    world.raise_rules(member, 3)
    assert world.state.rules == 3
    assert judged(world, member, SetRules(FIRST_DAY, 3)) == "not-authorised"


def test_who_joins_later_knows_the_rules_of_its_time(world: World) -> None:
    world.announce(world.lead, 2)
    world.raise_rules(world.lead, 2)
    phone = world.link(world.lead)
    assert world.state.devices[phone.id].rules == 2


# server


def test_a_lead_names_another_server(world: World) -> None:
    server, before = SigningKey.generate(world.randomness), world.server.public
    made = world.invite("lead")
    world.move(world.lead, server, "https://elsewhere.example:8443")
    assert (world.state.server_key, world.state.address) == (server.public, "https://elsewhere.example:8443")
    world.invite("lead")
    old = world.inviting(world.new_pass("lead", world.lead), server_key=before)
    assert judged(world, world.lead, old) == "counter-signature-invalid"
    world.join(made)
    world.move(world.lead, server, "https://again.example")


@pytest.mark.parametrize("address", ["", "elsewhere.example", "https://", "https://a.example/path", "ftp://a.example"])
def test_an_address_is_an_origin(world: World, address: str) -> None:
    key = SigningKey.generate(world.randomness).public
    assert judged(world, world.lead, SetServer(FIRST_DAY, key, address)) == "entry-malformed"


def test_a_server_key_is_a_good_key_and_nobody_elses(world: World) -> None:
    small, invite = (1).to_bytes(32, "little"), world.invite("link")
    assert judged(world, world.lead, SetServer(FIRST_DAY, small, "https://a.example")) == "key-refused"
    for taken in (world.lead.signing.public, invite.keys.signing.public):
        assert judged(world, world.lead, SetServer(FIRST_DAY, taken, "https://a.example")) == "exists"
    assert judged(world, world.lead, SetServer(FIRST_DAY, world.server.public, "https://a.example")) == "ok"


def test_a_lead_states_that_one_organisation_runs_the_server_and_leads(world: World) -> None:
    key, address = world.server.public, "https://a.example"
    assert not world.state.one_organisation
    stated = SetServer(FIRST_DAY, key, address, one_organisation=True)
    assert judged(world, world.member(), stated) == "not-authorised"
    assert judged(world, world.lead, stated, seen=world.states[-2].chain.cursor) == "seen-stale"
    world.move(world.lead, world.server, address, one=True)
    assert world.state.one_organisation
    world.member()
    assert world.state.one_organisation
    world.move(world.lead, world.server, address)
    assert (world.state.server_key, world.state.one_organisation) == (key, False)


# restored


def test_a_lead_says_that_a_server_was_restored(world: World) -> None:
    for _ in range(2):
        world.restored(world.lead)
        assert world.state.restored == world.state.chain.position


# Co-signatures


def test_a_cosignature_is_an_open_codes_of_the_authors_account(world: World) -> None:
    member = world.member()
    own, others = world.invite("recovery"), world.invite("recovery", member)
    link, closed = world.invite("link"), world.invite("recovery")
    never = world.new_pass("recovery", world.lead)
    world.close(world.lead, closed, code=closed)
    for code, expected in ((own, "ok"), (others, "cosignature-invalid"), (link, "cosignature-invalid")):
        assert judged(world, world.lead, world.cosigned(Announce(FIRST_DAY, 1), code)) == expected
    for code in (closed, never):
        assert judged(world, world.lead, world.cosigned(Announce(FIRST_DAY, 1), code)) == "cosignature-invalid"


def test_a_cosignature_ends_with_its_code(world: World) -> None:
    code = world.invite("recovery")
    world.close(world.lead, code)
    for later, expected in ((29, "ok"), (30, "cosignature-invalid")):
        world.day = FIRST_DAY + later
        assert judged(world, world.lead, world.cosigned(Announce(world.day, 1), code)) == expected


def test_a_cosignature_covers_witness_body_and_log(world: World) -> None:
    code = world.invite("recovery")
    statement = world.cosigned(Announce(FIRST_DAY, 1), code)
    assert judged(world, world.lead, statement) == "ok"
    assert judged(world, world.lead, replace(statement, rules=2)) == "cosignature-invalid"
    assert judged(world, world.lead, replace(statement, day=FIRST_DAY + 1)) == "cosignature-invalid"
    earlier = world.cosigned(Announce(FIRST_DAY, 1), code, seen=world.states[-2].chain.cursor)
    assert judged(world, world.lead, earlier) == "cosignature-invalid"
    message = statement.cosign_message(bytes(32), world.state.chain.cursor)
    foreign = Cosignature(code.id, code.keys.signing.sign("cosign", message))
    assert judged(world, world.lead, replace(statement, cosignature=foreign)) == "cosignature-invalid"


@pytest.mark.parametrize("kind", ["rotate", "policy", "close_invite", "invite", "announce"])
def test_a_wrong_cosignature_refuses_any_statement(world: World, kind: str) -> None:
    code, link = world.invite("recovery"), world.invite("link")
    statements: dict[str, Statement] = {
        "rotate": world.rotating(world.lead, "commons"),
        "policy": SetPolicy(FIRST_DAY, Policy()),
        "close_invite": CloseInvite(FIRST_DAY, link.id),
        "invite": world.inviting(world.new_pass("recovery", world.lead)),
        "announce": Announce(FIRST_DAY, 1),
    }
    statement = statements[kind]
    assert judged(world, world.lead, world.cosigned(statement, code)) == "ok"
    other = SigningKey.generate(world.randomness)
    message = statement.cosign_message(world.programme, world.state.chain.cursor)
    for signature in (bytes(64), other.sign("cosign", message), code.keys.signing.sign("entry", message)):
        wrong: Any = replace(statement, cosignature=Cosignature(code.id, signature))  # type: ignore[call-arg]
        assert judged(world, world.lead, wrong) == "cosignature-invalid"
