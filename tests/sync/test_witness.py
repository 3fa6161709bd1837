"""The witness log (page 9): its body, who writes there, and what a reader takes that a server does not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import encode
from sync.log import ZERO, Chain, Cursor, Entry
from sync.witness import Witness, check_entry, check_witness_entry, claims, digest, shared_logs
from tests.support.actors import World
from tests.support.people import Phone, new_person, new_phone
from tests.support.refusals import outcome, refused
from tests.sync.arrays import WITNESS, changed, single_bits

BOTH = (True, False)


@pytest.fixture
def world() -> World:
    """A lead, a second lead and a member with two phones; an entry in each shared space, and a witness of the lead."""
    made = World.found(31)
    made.member()
    made.second_lead()
    for name in ("commons", "leads"):
        made.write(made.lead, made.log(name))
    made.land(made.witnessing(made.lead))
    return made


def judged(world: World, entry: Entry, *, new: bool = True) -> str:
    return outcome(world.judge_sealed, entry, new=new)[0]


# The body.


@given(values=WITNESS.any())
def test_an_accepted_body_encodes_to_the_same_bytes(values: list[Any]) -> None:
    stated = Witness.decode(encode(values))
    assert stated.encode() == encode(values)
    assert (stated.day, stated.digest) == (values[0], values[1])
    assert [[log, *at.as_array()] for log, at in stated.shared] == values[2]


@given(data=st.data())
def test_a_mutated_body_is_refused_or_means_the_same(data: st.DataObject) -> None:
    raw = changed(encode(data.draw(WITNESS.any())), data)
    problem, stated = outcome(Witness.decode, raw)
    assert problem == "entry-malformed" if stated is None else stated.encode() == raw


def test_every_element_has_its_type_and_bounds() -> None:
    for value in WITNESS.good():
        assert Witness.decode(encode(value)).encode() == encode(value)
    for value in WITNESS.bad():
        with refused("entry-malformed"):
            Witness.decode(encode(value))


def test_a_digest_is_of_one_position_and_one_head() -> None:
    made = {digest(position, head) for position in range(300) for head in (ZERO, b"h" * 32)}
    assert len(made) == 600


# Who writes, and what.


def test_every_device_of_an_active_account_writes(world: World) -> None:
    member = world.member()
    for phone in (world.lead, world.link(world.lead), member, world.link(member), world.second_lead()):
        entry = world.witnessing(phone)
        assert [judged(world, entry, new=new) for new in BOTH] == ["ok", "ok"]
        world.land(entry)
    assert world.space(world.log("witness")).chain.position == 6


def test_a_stranger_and_those_who_left_do_not(world: World) -> None:
    stranger = new_phone(world.randomness, new_person(world.randomness))
    removed, owner = world.member(), world.member()
    revoked = world.link(owner)
    world.remove(world.lead, removed)
    world.revoke(owner, revoked)
    for phone in (stranger, removed, revoked):
        entry = world.witnessing(phone, replace(world.stating(world.lead), shared=world.stating(owner).shared))
        assert [judged(world, entry, new=new) for new in BOTH] == ["device-not-active"] * 2


def test_a_witness_of_a_removed_account_stays_in_history(world: World) -> None:
    removed = world.second_lead()
    entry = world.witnessing(removed)
    world.remove(world.lead, removed)
    assert judged(world, entry, new=True) == "device-not-active"
    assert judged(world, entry, new=False) == "ok"


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({"suite": 2}, "suite-unknown"),
        ({"log": ZERO}, "entry-malformed"),
        ({"kind": "sealed"}, "entry-malformed"),
        ({"kind": "announce"}, "entry-malformed"),
        ({"kind": "erase"}, "entry-malformed"),
        ({"epoch": 1}, "entry-malformed"),
        ({"body_hash": ZERO}, "body-mismatch"),
        ({"sequence": 1}, "sequence-used"),
        ({"prev": ZERO}, "prev-mismatch"),
        ({"seen": Cursor(2, ZERO)}, "witness-unknown"),
        ({"seen": Cursor(1, ZERO)}, "witness-unknown"),
        ({"roster": Cursor(999, ZERO)}, "witness-unknown"),
        ({"roster": Cursor(0, ZERO)}, "witness-unknown"),
    ],
)
def test_every_field_of_the_header_is_held_to_its_value(world: World, different: dict[str, Any], expected: str) -> None:
    entry = world.witnessing(world.lead, **different)
    space = world.space(world.log("witness"))
    for new in BOTH:
        problem, _ = outcome(check_witness_entry, world.state, space.chain, entry, space.head_at, new=new)
        assert problem == expected


def test_shared_names_exactly_the_spaces_that_the_author_reads(world: World) -> None:
    member, everything = world.member(), world.stating(world.lead)
    commons = next(one for one in everything.shared if one[0] == world.log("commons"))
    leads = next(one for one in everything.shared if one[0] == world.log("leads"))
    for phone, shared, expected in (
        (member, (commons,), "ok"),
        (member, everything.shared, "entry-malformed"),
        (member, (leads,), "entry-malformed"),
        (world.lead, everything.shared, "ok"),
        (world.lead, (commons,), "entry-malformed"),
        (world.lead, (leads,), "entry-malformed"),
        (member, ((ZERO, commons[1]),), "entry-malformed"),
    ):
        entry = world.witnessing(phone, replace(everything, shared=shared))
        assert [judged(world, entry, new=new) for new in BOTH] == [expected] * 2


def test_the_body_is_never_missing(world: World) -> None:
    entry = world.witnessing(world.lead)
    for body in (None, b"", entry.check_body() + b"\0"):
        assert [judged(world, replace(entry, body=body), new=new) for new in BOTH] == ["body-mismatch"] * 2
    junk = world.witnessing(world.lead, b"junk")
    assert [judged(world, junk, new=new) for new in BOTH] == ["entry-malformed"] * 2


def test_no_bit_of_an_entry_may_change(world: World) -> None:
    entry = world.witnessing(world.lead)
    space = world.space(world.log("witness"))
    for raw in single_bits(entry.raw_header):
        for new in BOTH:
            changed_entry = replace(entry, raw_header=raw)
            problem, _ = outcome(check_witness_entry, world.state, space.chain, changed_entry, space.head_at, new=new)
            assert problem != "ok"
    for signature in single_bits(entry.signature):
        assert judged(world, replace(entry, signature=signature), new=False) == "signature-invalid"
    for body in single_bits(entry.check_body()):
        assert judged(world, replace(entry, body=body), new=False) == "body-mismatch"


def test_an_entry_belongs_to_its_log(world: World) -> None:
    witness, sealed = world.witnessing(world.lead), world.sealing(world.lead, world.log("commons"))
    for log, entry in ((world.log("commons"), witness), (world.log("witness"), sealed)):
        space = world.space(log)
        with refused("entry-malformed"):
            check_entry(world.state, space.chain, entry, space.head_at, new=False)


# Two histories.


def test_a_reader_takes_the_word_of_another_roster_and_a_server_does_not(world: World) -> None:
    """That is what the log is for: refused, it would be the reader's word against nobody's."""
    other = Cursor(world.state.chain.position, b"o" * 32)
    entry = world.witnessing(world.lead, roster=other)
    assert judged(world, entry, new=True) == "witness-unknown"
    assert judged(world, entry, new=False) == "ok"
    assert claims(entry, world.programme)[0] == (world.programme, other)


def test_claims_are_the_roster_and_what_is_shared(world: World) -> None:
    entry = world.witnessing(world.lead)
    told = dict(claims(entry, world.programme))
    assert told == {
        world.programme: world.state.chain.cursor,
        world.log("commons"): world.space(world.log("commons")).chain.cursor,
        world.log("leads"): world.space(world.log("leads")).chain.cursor,
    }
    assert shared_logs(world.state, world.lead.id) == sorted(told.keys() - {world.programme})


# Beginning within the log.


def partly(world: World, since: int) -> Chain:
    space = world.space(world.log("witness"))
    return Chain(world.log("witness"), since, space.heads[since], since=since)


def test_a_reader_that_began_late_takes_an_authors_first_entry_as_it_is(world: World) -> None:
    member = world.member()
    for phone in (world.lead, member, world.lead, member):
        world.land(world.witnessing(phone))
    space = world.space(world.log("witness"))
    for since in range(space.chain.position + 1):
        chain = partly(world, since)
        for at, entry in enumerate(space.entries[since:], since + 1):
            heads = lambda position, since=since: space.heads[position] if position >= since else None  # noqa: E731
            chain = check_witness_entry(world.state, chain, entry, heads, new=False)
            assert (chain.position, chain.head) == (at, space.heads[at])


def test_a_reader_that_began_late_checks_the_rest(world: World) -> None:
    def land(phone: Phone) -> Entry:
        return world.land(world.witnessing(phone))

    first, space = land(world.lead), world.space(world.log("witness"))
    chain = partly(world, 1)
    chain = check_witness_entry(world.state, chain, first, space.head_at, new=False)
    for different, expected in (
        ({"prev": ZERO}, "prev-mismatch"),
        ({"sequence": 2}, "sequence-used"),
        ({"seen": Cursor(1, ZERO)}, "witness-unknown"),
        ({"seen": Cursor(0, ZERO)}, "witness-unknown"),
    ):
        entry = world.witnessing(world.lead, **different)
        problem, _ = outcome(check_witness_entry, world.state, chain, entry, space.head_at, new=False)
        assert problem == expected
    whole = Chain.start(world.programme, world.log("witness"))
    entry = Entry.sign(replace(first.header, seen=whole.cursor), first.check_body(), world.lead.signing)
    with refused("prev-mismatch"):
        check_witness_entry(world.state, whole, entry, lambda _: None, new=False)
