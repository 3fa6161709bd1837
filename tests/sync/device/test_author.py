"""Entries as a device makes them: in their places, sealed to them, and never larger than the highest rung."""

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import BodyTooLarge, OpenFailed
from crypto.public.encoding import Canonical
from crypto.secret.body import RUNGS
from sync.device.author import LARGEST, Place, halves, open_entry, plaintexts, seal_entry, state_entry
from sync.device.changes import Change, Content, Group, decode_content, encode_content
from sync.log import Entry
from sync.statements import Announce, Policy, SetPolicy
from tests.support.actors import World
from tests.support.refusals import refused
from tests.sync.device.strategies import contents


@pytest.fixture
def world() -> World:
    return World.found(2)


def place(world: World, log: bytes) -> Place:
    chain = world.state.chain if log == world.programme else world.space(log).chain
    author = chain.author(world.lead.id)
    return Place(log, world.lead.id, author.sequence + 1, author.leaf, chain.cursor, world.state.chain.cursor)


def sealed(world: World, at: Place, plaintext: bytes = b"") -> Entry:
    key = world.epoch_keys[at.log][0]
    return seal_entry(at, 1, key, plaintext, world.lead.signing, world.randomness)


def test_a_row_of_flushes_made_before_any_left_is_accepted_in_order(world: World) -> None:
    log = world.log("commons")
    at, made = place(world, log), list[Entry]()
    for _ in range(4):
        made.append(sealed(world, at))
        at = at.after(made[-1])
    for entry in made:
        world.land(entry)
    assert [entry.header.sequence for entry in made] == [1, 2, 3, 4]
    assert [entry.header.prev for entry in made[1:]] == [entry.leaf for entry in made[:-1]]
    assert len({entry.header.seen for entry in made}) == 1


def test_out_of_their_order_they_are_refused(world: World) -> None:
    at = place(world, world.log("commons"))
    first = sealed(world, at)
    second = sealed(world, at.after(first))
    with refused("prev-mismatch"):
        world.land(second)
    world.land(first)
    world.land(second)
    with refused("sequence-used"):
        world.land(second)


def test_a_statement_stands_where_its_place_says(world: World) -> None:
    entry = state_entry(place(world, world.programme), SetPolicy(world.day, Policy(1, 90, 90)), world.lead.signing)
    world.push(entry)
    assert world.state.policy.contact_days == 90
    assert (entry.header.epoch, entry.header.roster) == (0, entry.header.seen)
    stale = state_entry(
        replace(place(world, world.programme), seen=entry.header.seen, roster=entry.header.seen),
        SetPolicy(world.day, Policy()),
        world.lead.signing,
    )
    with refused("seen-stale"):
        world.push(stale)
    world.push(state_entry(place(world, world.programme), Announce(world.day, 1), world.lead.signing))


@given(st.binary(max_size=9_000))
def test_what_is_sealed_opens_in_its_place_alone(plaintext: bytes) -> None:
    world = World.found(2)
    log = world.log("commons")
    entry = sealed(world, place(world, log), plaintext)
    key = world.epoch_keys[log][0]
    assert open_entry(entry, key) == plaintext
    assert entry.body is not None
    assert len(entry.body) in RUNGS
    with pytest.raises(OpenFailed):
        open_entry(entry, bytes(32))
    moved = Entry.sign(replace(entry.header, sequence=entry.header.sequence + 1), entry.body, world.lead.signing)
    with pytest.raises(OpenFailed):
        open_entry(moved, key)


def test_a_body_that_is_another_or_missing_is_not_opened(world: World) -> None:
    entry = sealed(world, place(world, world.log("commons")))
    for body in (bytes(4096), None):
        with refused("body-mismatch"):
            open_entry(Entry(entry.raw_header, entry.signature, body), world.epoch_keys[entry.header.log][0])


def test_the_same_flush_twice_looks_different(world: World) -> None:
    at = place(world, world.log("commons"))
    assert sealed(world, at, b"same").body != sealed(world, at, b"same").body


def change(number: int, size: int) -> Change:
    fields: dict[str, Canonical] = {"x": bytes(size)}
    return Change(number.to_bytes(16, "big"), "contact", 1, False, fields, ())


def flat(parts: list[bytes]) -> list[tuple[int, int, Change]]:
    """Stamp, seen and change of all that is said, in its order."""
    groups = [group for part in parts for group in decode_content(part).groups]
    return [(group.stamp, group.seen, each) for group in groups for each in group.changes]


@given(contents)
def test_what_fits_is_one_plaintext(content: Content) -> None:
    assert plaintexts(content.written_at, content.groups) == [encode_content(content)]


@settings(max_examples=10)
@given(
    st.lists(st.lists(st.sampled_from([10, 200_000, 500_000]), min_size=1, max_size=6), min_size=1, max_size=4),
    st.integers(0, 100),
)
def test_what_does_not_fit_is_split_and_nothing_is_lost_or_moved(sizes: list[list[int]], written_at: int) -> None:
    number, groups = 0, list[Group]()
    for seen, each in enumerate(sizes):
        changes = [change(number := number + 1, size) for size in each]
        groups.append(Group(None, 7, seen, tuple(changes)))
    parts = plaintexts(written_at, groups)
    assert all(len(part) <= LARGEST for part in parts)
    assert flat(parts) == flat([encode_content(Content(written_at, (group,))) for group in groups])
    assert {decode_content(part).written_at for part in parts} == {written_at}


def test_a_flush_with_nothing_to_say_is_one_plaintext() -> None:
    (only,) = plaintexts(5, [])
    assert decode_content(only) == Content(5, ())


def test_one_record_that_fits_nowhere_is_said() -> None:
    large = Group(None, 1, 0, (change(1, LARGEST),))
    with pytest.raises(BodyTooLarge):
        plaintexts(0, [large])
    with pytest.raises(BodyTooLarge):
        plaintexts(0, [Group(None, 1, 0, (change(2, 10), change(1, LARGEST)))])


def test_halves_keep_the_order() -> None:
    groups = [Group(None, stamp, 0, (change(stamp, 1),)) for stamp in (1, 2, 3)]
    assert halves(groups) == (groups[:1], groups[1:])
    one = Group(None, 1, 0, tuple(change(number, 1) for number in (1, 2, 3)))
    assert [group.changes for half in halves([one]) for group in half] == [one.changes[:1], one.changes[1:]]


def test_the_largest_plaintext_fills_the_highest_rung(world: World) -> None:
    entry = sealed(world, place(world, world.log("commons")), os.urandom(LARGEST))
    assert entry.body is not None
    assert len(entry.body) == RUNGS[-1]
    with pytest.raises(BodyTooLarge):
        sealed(world, place(world, world.log("commons")), bytes(LARGEST + 1))
