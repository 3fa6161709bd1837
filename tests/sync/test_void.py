"""Void entries (page 3): an oracle that says the page word for word, and what must hold of any log and any roster."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from sync.log import ZERO
from sync.state import Account, Departure, Device, Former, RosterState
from sync.void import Mark, void_positions
from tests.support.actors import World
from tests.support.people import Phone

LOG, ACCOUNT = b"L" * 32, b"a" * 16
DEVICES = [bytes([n]) * 32 for n in range(5)]


def is_void(mark: Mark, roster: RosterState, log: bytes, marks: list[Mark]) -> bool:
    former = roster.former.get(mark.device)
    if former is None:
        return False
    removal = roster.departed.get(former.device.account)
    if removal and removal.position == former.position and log == roster.space_log("personal", former.device.account):
        return False
    leaf = former.accepted.get(log, ZERO)
    while leaf != ZERO:
        if leaf == mark.leaf:
            return False
        leaf = next((one.prev for one in marks if one.leaf == leaf and one.device == mark.device), ZERO)
    if former.cosigned:
        return True
    witnesses = [0]
    for other in marks:
        left = roster.former.get(other.device)
        if left is not None and left.position == former.position:
            continue
        if left is not None and left.position < former.position and is_void(other, roster, log, marks):
            continue
        if other.roster < former.position:
            witnesses.append(other.seen)
    return mark.position > max(witnesses)


@st.composite
def logs(draw: st.DrawFn) -> list[Mark]:
    """A log as a server keeps it: each `prev` is the author's last leaf, no `seen` falls or lies ahead."""
    marks: list[Mark] = []
    ends = dict.fromkeys(DEVICES, (ZERO, 0))
    for position in range(1, draw(st.integers(0, 12)) + 1):
        device = draw(st.sampled_from(DEVICES))
        prev, seen = ends[device]
        leaf = b"leaf" + position.to_bytes(28, "big")
        made = Mark(position, device, leaf, prev, draw(st.integers(seen, position - 1)), draw(st.integers(1, 9)))
        ends[device] = leaf, made.seen
        marks.append(made)
    return marks


@st.composite
def cases(draw: st.DrawFn) -> tuple[RosterState, list[Mark]]:
    marks = draw(logs())
    leaves = st.sampled_from([ZERO, b"nobody's leaf".ljust(32), *(mark.leaf for mark in marks)])
    statements = draw(st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from(DEVICES), max_size=3)), max_size=3))
    former: Map[bytes, Former] = Map()
    for position, (cosigned, gone) in zip((3, 5, 8), statements, strict=False):
        for device in sorted(gone - set(former)):
            keys = Device(ACCOUNT, b"", b"", 1, b"")
            former = former.set(device, Former(keys, position, b"", cosigned, Map({LOG: draw(leaves)})))
    return replace(RosterState.start(b"P" * 32), former=former), marks


@given(cases())
def test_void_is_what_the_page_says(case: tuple[RosterState, list[Mark]]) -> None:
    roster, marks = case
    expected = {mark.position for mark in marks if is_void(mark, roster, LOG, marks)}
    assert void_positions(roster, LOG, marks) == expected


@given(cases(), st.integers(0, 2**32))
def test_the_order_of_the_entries_does_not_matter(case: tuple[RosterState, list[Mark]], seed: int) -> None:
    roster, marks = case
    shuffled = list(marks)
    Random(seed).shuffle(shuffled)
    assert void_positions(roster, LOG, shuffled) == void_positions(roster, LOG, marks)


@given(cases())
def test_what_those_who_stayed_had_seen_stands_unless_a_code_signed(case: tuple[RosterState, list[Mark]]) -> None:
    roster, marks = case
    void = void_positions(roster, LOG, marks)
    for mark in marks:
        former = roster.former.get(mark.device)
        if former is None:
            assert mark.position not in void
        elif not former.cosigned:
            stayed = [one for one in marks if one.device not in roster.former and one.roster < former.position]
            assert mark.position not in void or mark.position > max((one.seen for one in stayed), default=0)


@given(cases())
def test_a_code_only_makes_more_void(case: tuple[RosterState, list[Mark]]) -> None:
    roster, marks = case
    cosigned = Map({id_: replace(former, cosigned=True) for id_, former in roster.former.items()})
    assert void_positions(roster, LOG, marks) <= void_positions(replace(roster, former=cosigned), LOG, marks)


@given(cases(), st.integers(0, 12))
def test_what_is_written_after_the_departures_changes_nothing(case: tuple[RosterState, list[Mark]], seen: int) -> None:
    roster, marks = case
    later = Mark(len(marks) + 1, b"new device".ljust(32), b"new leaf".ljust(32), ZERO, min(seen, len(marks)), 9)
    assert void_positions(roster, LOG, [*marks, later]) == void_positions(roster, LOG, marks)


@given(cases())
def test_a_removal_says_nothing_about_the_personal_space(case: tuple[RosterState, list[Mark]]) -> None:
    roster, marks = case
    departed = Map({ACCOUNT: Departure(Account("member", b"", 1, 0, ()), 5, 0)})
    removed = replace(roster, departed=departed)
    personal = roster.space_log("personal", ACCOUNT)
    void = void_positions(removed, personal, marks)
    assert void == {mark.position for mark in marks if is_void(mark, removed, personal, marks)}
    gone = {id_ for id_, former in roster.former.items() if former.position == 5}
    assert not void & {mark.position for mark in marks if mark.device in gone}


# In a programme.


@pytest.fixture
def world() -> World:
    world = World.found(71)
    world.invite("recovery")
    return world


def void(world: World, log: bytes) -> set[int]:
    entries = enumerate(world.space(log).entries, 1)
    return set(void_positions(world.state, log, [Mark.of(position, entry) for position, entry in entries]))


def personal(world: World, phone: Phone) -> bytes:
    return world.log("personal", phone)


def test_what_a_revoked_phone_wrote_until_then_stands(world: World) -> None:
    owner = world.member()
    lost, log = world.link(owner), personal(world, owner)
    for phone in (owner, lost, lost, owner, lost):
        world.write(phone, log)
    world.revoke(owner, lost)
    assert void(world, log) == set()


def test_back_dated_entries_of_a_revoked_phone_are_void(world: World) -> None:
    """A server that helps the thief takes them under the roster of yesterday; every reader leaves them out."""
    owner = world.member()
    lost, log = world.link(owner), personal(world, owner)
    world.write(lost, log)
    yesterday = world.state.chain.cursor
    forged = world.sealing(lost, log, roster=yesterday)
    world.revoke(owner, lost)
    space = world.space(log)
    space.chain = world.judge_sealed(forged, new=False)
    space.heads.append(space.chain.head)
    space.entries.append(forged)
    # Its owner's phone writes after it, and has seen the revocation by then.
    world.write(owner, log)
    assert void(world, log) == {2}


def test_a_thief_cannot_void_what_another_phone_had_seen(world: World) -> None:
    owner = world.member()
    thief, log = world.link(owner), personal(world, owner)
    world.write(owner, log)
    world.write(thief, log)
    world.write(owner, log)
    world.revoke(thief, owner, last=())
    assert void(world, log) == {3}


def test_the_code_takes_back_what_the_thief_declared_void(world: World) -> None:
    owner = world.member()
    paper, thief, log = world.invite("recovery", owner), world.link(owner), personal(world, owner)
    since = world.state.chain.position
    for phone in (thief, owner, owner, thief):
        world.write(phone, log)
    accepted: Any = world.space(log).entries[0].leaf
    world.revoke(thief, owner, last=())
    # The thief had seen what the owner wrote; the next entry nobody had.
    assert void(world, log) == set()
    phone = world.join(paper)
    world.revoke(phone, thief, since=since, last=((thief.id, log, accepted),), code=paper)
    assert void(world, log) == {4}


def test_a_code_cuts_below_what_was_witnessed(world: World) -> None:
    owner = world.member()
    paper, lost, log = world.invite("recovery", owner), world.link(owner), personal(world, owner)
    since = world.state.chain.position
    world.write(lost, log)
    world.write(owner, log)
    for code, expected in ((None, set()), (paper, {1})):
        here = replace(world, states=list(world.states), entries=list(world.entries), epoch_keys={**world.epoch_keys})
        here.epoch_keys[log] = list(world.epoch_keys[log])
        here.revoke(owner, lost, since=since, last=(), code=code)
        assert void(here, log) == expected


def test_a_second_phone_of_the_thief_revoked_first_holds_nothing_up(world: World) -> None:
    owner = world.member()
    thief, log = world.link(owner), personal(world, owner)
    ghost = world.link(thief)
    world.write(thief, log)
    world.write(ghost, log)
    world.revoke(owner, ghost, last=())
    world.revoke(owner, thief, last=())
    assert void(world, log) == {1, 2}


def test_a_removed_members_own_records_stay(world: World) -> None:
    owner = world.member()
    log = personal(world, owner)
    world.write(owner, log)
    world.remove(world.lead, owner)
    assert void(world, log) == set()


def test_of_a_removed_lead_stands_what_the_removal_names(world: World) -> None:
    second, commons = world.second_lead(), world.log("commons")
    world.write(second, commons)
    world.write(second, commons)
    first = world.space(commons).entries[0].leaf
    world.remove(world.lead, second, last=((second.id, commons, first),))
    assert void(world, commons) == {2}
