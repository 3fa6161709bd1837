"""Sealed entries: items 1 to 8 of page 3 for a space, and who reads which log."""

from dataclasses import replace
from typing import Any

import pytest

from crypto.public.ids import body_hash
from crypto.secret import body as sealed_body
from sync.log import ZERO, Chain, Cursor, Entry
from sync.space import RUNGS, check_space_entry, logs_of, may_read
from tests.support.actors import World
from tests.support.people import Phone, new_person, new_phone
from tests.support.programme import FIRST_DAY
from tests.support.refusals import outcome, refused
from tests.sync.arrays import single_bits
from tests.sync.plain import plain
from tests.sync.scenes import scene

SPACES = ("personal", "commons", "leads")


@pytest.fixture
def world() -> World:
    """A lead with a code and a second phone, a member; each space rotated once."""
    world = World.found(21)
    world.member()
    world.second_lead()
    for name in SPACES:
        world.rotate(world.lead, name)
    return world


def judged(world: World, entry: Entry, *, new: bool = True) -> str:
    return outcome(world.judge_sealed, entry, new=new)[0]


# Who writes.


@pytest.mark.parametrize(
    ("author", "log", "expected"),
    [
        ("lead", "commons", "ok"),
        ("lead", "leads", "ok"),
        ("lead", "own", "ok"),
        ("lead", "member's", "not-authorised"),
        ("second lead", "commons", "ok"),
        ("second lead", "leads", "ok"),
        ("second lead", "lead's", "not-authorised"),
        ("member", "commons", "not-authorised"),
        ("member", "leads", "not-authorised"),
        ("member", "own", "ok"),
        ("member", "lead's", "not-authorised"),
        ("second phone", "own", "ok"),
        ("second phone", "commons", "not-authorised"),
        ("stranger", "commons", "device-not-active"),
        ("stranger", "leads", "device-not-active"),
        ("stranger", "member's", "device-not-active"),
    ],
)
@pytest.mark.parametrize("new", [True, False])
def test_who_writes_where(author: str, log: str, expected: str, new: bool) -> None:
    here = scene("grown")
    phone = here.phones[author]
    owner = {"own": phone, "lead's": here.world.lead, "member's": here.phones["member"]}.get(log)
    id_ = here.world.log("personal", owner) if owner else here.world.log(log)
    entry = here.world.sealing(phone, id_)
    told = plain(here.world.state)
    assert judged(here.world, entry, new=new) == expected
    assert plain(here.world.state) == told
    assert here.world.space(id_).chain == Chain.start(here.world.programme, id_)


def test_an_entry_extends_the_chain_and_opens_for_readers(world: World) -> None:
    log = world.log("commons")
    entry = world.write(world.lead, log, b"hello")
    chain = world.space(log).chain
    assert (chain.position, chain.author(world.lead.id).leaf) == (1, entry.leaf)
    key = world.epoch_keys[log][-1]
    assert sealed_body.open(key, entry.header.sealing_fields(), entry.check_body()) == b"hello"


# The header.


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({"suite": 2}, "suite-unknown"),
        ({"log": ZERO}, "entry-malformed"),
        ({"kind": "erase"}, "entry-malformed"),
        ({"kind": "withdraw"}, "entry-malformed"),
        ({"kind": "join"}, "entry-malformed"),
        ({"kind": "Sealed"}, "entry-malformed"),
        ({"device": ZERO}, "device-not-active"),
        ({"sequence": 2**53 - 1}, "ok"),
        ({"prev": b"p" * 32}, "prev-mismatch"),
        ({"seen": Cursor(0, ZERO)}, "witness-unknown"),
        ({"seen": Cursor(1, ZERO)}, "witness-unknown"),
        ({"roster": Cursor(0, ZERO)}, "witness-unknown"),
        ({"roster": Cursor(10**9, ZERO)}, "witness-unknown"),
    ],
)
def test_every_field_of_the_header_is_held_to_its_value(world: World, different: dict[str, Any], expected: str) -> None:
    entry = world.sealing(world.lead, world.log("commons"), **different)
    chain = world.space(world.log("commons")).chain
    for new in (True, False):
        judged = outcome(check_space_entry, world.state, chain, entry, lambda _: None, new=new)
        assert judged[0] == expected


def test_an_entry_belongs_to_one_space(world: World) -> None:
    entry = world.sealing(world.lead, world.log("commons"))
    other = world.space(world.log("leads"))
    with refused("entry-malformed"):
        check_space_entry(world.state, other.chain, entry, other.head_at, new=True)
    roster = world.sealing(world.lead, world.log("commons"), log=world.programme)
    with refused("entry-malformed"):
        check_space_entry(world.state, world.state.chain, roster, world.state.head_at, new=True)


def test_no_bit_of_an_entry_may_change(world: World) -> None:
    log = world.log("commons")
    entry = world.sealing(world.lead, log)
    assert judged(world, entry) == "ok"
    space = world.space(log)
    for raw in single_bits(entry.raw_header):
        changed = replace(entry, raw_header=raw)
        assert outcome(check_space_entry, world.state, space.chain, changed, space.head_at, new=True)[0] != "ok"
    for signature in single_bits(entry.signature):
        assert judged(world, replace(entry, signature=signature)) == "signature-invalid"
    for body in list(single_bits(entry.check_body()[:200])):
        assert judged(world, replace(entry, body=body + entry.check_body()[200:])) == "body-mismatch"


# The body.


@pytest.mark.parametrize("length", [0, 1, 4_095, 4_097, 8_192, 65_535, 1_048_577])
def test_a_body_has_the_length_of_a_rung(world: World, length: int) -> None:
    for size, expected in ((length, "body-mismatch"), (65_536, "ok")):
        body = bytes(size)
        entry = world.sealing(world.lead, world.log("commons"))
        entry = Entry.sign(replace(entry.header, body_hash=body_hash(body)), body, world.lead.signing)
        assert [judged(world, entry, new=new) for new in (True, False)] == [expected] * 2


def test_the_rungs_are_those_that_sealing_makes() -> None:
    assert set(sealed_body.RUNGS) == RUNGS


def test_a_new_entry_brings_its_body_and_history_may_lack_it(world: World) -> None:
    entry = world.sealing(world.lead, world.log("commons"))
    erased = replace(entry, body=None)
    assert judged(world, erased, new=True) == "body-mismatch"
    assert judged(world, erased, new=False) == "ok"
    assert judged(world, replace(entry, body=bytes(4_096)), new=False) == "body-mismatch"


# Witnesses.


def test_a_device_that_has_seen_nothing_yet_writes_after_others(world: World) -> None:
    """A store that knew no head at position 0 refused what was written offline before the first pull."""
    log, second = world.log("commons"), world.second_lead()
    start = world.space(log).chain.cursor
    offline = [world.sealing(second, log, seen=start)]
    world.write(world.lead, log)
    space = world.space(log)
    heads = lambda position: space.head_at(position) if position else None  # noqa: E731
    for entry in offline:
        check_space_entry(world.state, space.chain, entry, heads, new=True)


def test_the_roster_witness_lies_between_enrolment_and_the_newest_state(world: World) -> None:
    phone = world.second_lead()
    enrolled = world.state.devices[phone.id].enrolled
    world.announce(world.lead)
    for position, state in enumerate(world.states):
        entry = world.sealing(phone, world.log("commons"), roster=state.chain.cursor)
        assert judged(world, entry) == ("ok" if position >= enrolled else "witness-unknown")
    fork = Cursor(enrolled, world.states[1].chain.head)
    assert judged(world, world.sealing(phone, world.log("commons"), roster=fork)) == "witness-unknown"


def test_a_reader_behind_on_the_roster_believes_nothing_yet(world: World) -> None:
    behind = world.state
    world.announce(world.lead)
    entry = world.sealing(world.lead, world.log("commons"))
    space = world.space(world.log("commons"))
    with refused("witness-unknown"):
        check_space_entry(behind, space.chain, entry, space.head_at, new=False)


# Epochs.


@pytest.mark.parametrize("name", SPACES)
def test_a_server_takes_the_current_epoch_only(world: World, name: str) -> None:
    log = world.log(name, world.lead)
    for epoch, expected in ((1, "epoch-stale"), (2, "ok"), (3, "epoch-stale")):
        assert judged(world, world.sealing(world.lead, log, epoch=epoch)) == expected


def test_history_keeps_the_epochs_of_its_time(world: World) -> None:
    log = world.log("commons")
    since = world.state.spaces[log].current.since
    for position, state in enumerate(world.states[1:], start=1):
        for epoch in (1, 2, 3):
            entry = world.sealing(world.lead, log, epoch=epoch, roster=state.chain.cursor)
            replaced = epoch == 1 and position >= since
            expected = "epoch-stale" if replaced or epoch == 3 else "ok"
            assert judged(world, entry, new=False) == expected


def test_there_is_no_epoch_zero(world: World) -> None:
    entry = world.sealing(world.lead, world.log("commons"))
    entry = Entry.sign(replace(entry.header, epoch=0), entry.check_body(), world.lead.signing)
    assert [judged(world, entry, new=new) for new in (True, False)] == ["epoch-stale"] * 2


# Who reads.


def readable(world: World, phone: Phone) -> list[bytes]:
    return [world.programme, world.log("commons"), world.log("personal", phone), world.log("witness")]


def test_devices_read_the_roster_the_commons_their_own_and_the_witness_log(world: World) -> None:
    member, lead = world.member(), world.lead
    linked = world.link(member)
    assert logs_of(world.state, member.id) == readable(world, member) == logs_of(world.state, linked.id)
    programme, commons, personal, witness = readable(world, lead)
    assert logs_of(world.state, lead.id) == [programme, commons, world.log("leads"), personal, witness]


@pytest.mark.parametrize(
    ("role", "opens"),
    [("member", ["commons"]), ("lead", ["commons", "leads"]), ("link", ["personal"]), ("recovery", ["personal"])],
)
def test_an_open_invite_reads_the_roster_and_what_it_opens(world: World, role: str, opens: list[str]) -> None:
    made = world.invite(role)
    assert logs_of(world.state, made.id) == [world.programme, *(world.log(name, world.lead) for name in opens)]
    world.close(world.lead, made, code=made if role == "recovery" else None)
    assert logs_of(world.state, made.id) == []


def test_a_stranger_reads_no_log_not_even_the_roster(world: World) -> None:
    """The roster stood in the list of anybody."""
    stranger = new_phone(world.randomness, new_person(world.randomness))
    assert logs_of(world.state, stranger.id) == []
    assert not may_read(world.state, world.programme, stranger.id)


def test_may_read_is_the_same_answer(world: World) -> None:
    member = world.member()
    logs = {world.programme, world.log("witness"), *world.state.spaces, ZERO}
    for principal in (member.id, world.lead.id, world.invite("lead").id, ZERO):
        allowed = {log for log in logs if may_read(world.state, log, principal)}
        assert allowed == set(logs_of(world.state, principal))


# Those who left.


def test_a_revoked_device_reads_nothing(world: World) -> None:
    member = world.member()
    lost = world.link(member)
    world.revoke(member, lost)
    assert logs_of(world.state, lost.id) == []
    world.remove(world.lead, member)
    assert logs_of(world.state, lost.id) == []


def test_a_removed_members_devices_read_their_own_log_for_ninety_days(world: World) -> None:
    member = world.member()
    linked, removed = world.link(member), world.second_lead()
    world.remove(world.lead, member)
    world.remove(world.lead, removed)
    for days, still in ((0, True), (90, True), (91, False)):
        world.day = FIRST_DAY + days
        world.announce(world.lead)
        for phone in (member, linked, removed):
            allowed = [world.programme, world.log("personal", phone)]
            assert logs_of(world.state, phone.id) == (allowed if still else [])


@pytest.mark.parametrize("way", ["revoke", "remove"])
def test_history_keeps_what_was_written_before_its_author_left(world: World, way: str) -> None:
    second, commons = world.second_lead(), world.log("commons")
    linked = world.link(second)
    before = world.state.chain.cursor
    entry = world.sealing(linked, commons)
    if way == "revoke":
        world.revoke(second, linked)
    else:
        world.remove(world.lead, second)
    assert judged(world, entry, new=False) == "ok"
    assert judged(world, entry, new=True) == "device-not-active"
    since = world.state.chain.position
    for position in range(world.state.former[linked.id].device.enrolled, since + 1):
        seen = world.states[position].chain.cursor
        expected = "ok" if position <= before.position else "device-not-active"
        assert judged(world, world.sealing(linked, commons, roster=seen), new=False) == expected


def test_what_a_cancelled_revocation_shut_out_is_history_again(world: World) -> None:
    member = world.member()
    paper, thief = world.invite("recovery", member), world.link(member)
    since = world.state.chain.position
    world.revoke(thief, member)
    revoked = world.state.chain.cursor
    phone = world.join(paper)
    entry = world.sealing(member, world.log("personal", member), roster=revoked)
    assert judged(world, entry, new=False) == "device-not-active"
    world.revoke(phone, thief, since=since, code=paper)
    assert judged(world, entry, new=False) == "ok"
