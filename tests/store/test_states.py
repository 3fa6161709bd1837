"""The cache of states: bounded, never ahead of the database, and never behind it after a race."""

from collections.abc import Iterator
from typing import Any

import pytest

from store.errors import StorageFailed
from store.place import Place
from store.states import ProgrammeState, States, catch_up
from store.transaction import Transaction
from sync.state import RosterState
from tests.support.actors import World
from tests.support.storage import Shelf


@pytest.fixture
def shelf(place: Place) -> Iterator[Shelf]:
    opened = Shelf.open(place)
    yield opened
    opened.store.close()


def state_of(seed: int) -> ProgrammeState:
    return ProgrammeState(World.found(seed).state)


def test_the_least_recently_used_is_dropped() -> None:
    one, two, three = (state_of(seed) for seed in range(3))
    states = States(bound=2)
    states.publish({one.roster.programme: one})
    states.publish({two.roster.programme: two})
    assert states.get(one.roster.programme) is one
    states.publish({three.roster.programme: three})
    assert states.get(two.roster.programme) is None
    assert states.get(one.roster.programme) is one
    assert states.get(three.roster.programme) is three


def test_a_programme_larger_than_the_bound_is_kept_alone() -> None:
    world = World.found(1)
    world.invite("recovery")
    small, large = state_of(2), ProgrammeState(world.state)
    states = States(bound=1)
    states.publish({small.roster.programme: small})
    states.publish({large.roster.programme: large})
    assert states.get(small.roster.programme) is None
    assert states.get(large.roster.programme) is large
    states.publish({small.roster.programme: small})
    assert states.get(large.roster.programme) is None


def test_publishing_again_replaces_and_dropping_forgets() -> None:
    world = World.found(1)
    first = ProgrammeState(world.state)
    world.invite("recovery")
    second = ProgrammeState(world.state)
    states = States(bound=2)
    for state in (first, second, second):
        states.publish({world.programme: state})
    assert states.get(world.programme) is second
    states.drop([world.programme, bytes(32)])
    assert states.get(world.programme) is None


def test_a_programme_that_changes_often_does_not_push_others_out() -> None:
    often, seldom = state_of(1), state_of(2)
    states = States(bound=3)
    states.publish({seldom.roster.programme: seldom})
    for _ in range(10):
        states.publish({often.roster.programme: often})
    assert states.get(seldom.roster.programme) is seldom


def test_a_roster_read_before_a_commit_does_not_hide_that_commit(shelf: Shelf) -> None:
    world = World.found(1)
    shelf.found(world)
    old = world.state
    world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    # A reader that loaded `old` just before the commit offers it after the cache has dropped the newer state.
    shelf.store.states.drop([world.programme])
    shelf.store._writer.submit(lambda transaction: transaction.adopt(old)).result(10)
    state = shelf.store.states.get(world.programme)
    assert state is not None
    assert state.roster == world.state
    shelf.store._writer.submit(lambda transaction: transaction.adopt(old)).result(10)
    assert shelf.store.states.get(world.programme) is state


def test_a_programme_that_does_not_exist_is_not_cached(shelf: Shelf) -> None:
    assert shelf.store.state(bytes(32)) is None
    assert shelf.store.states.get(bytes(32)) is None

    def look(transaction: Transaction) -> ProgrammeState | None:
        return transaction.state(bytes(32))

    assert shelf.store._writer.submit(look).result(10) is None
    assert shelf.store.states.get(bytes(32)) is None


@pytest.mark.parametrize(
    "tampering",
    [
        ("UPDATE entries SET body = ?1 WHERE position = 2", bytes(100)),
        ("UPDATE entries SET signature = ?1 WHERE position = 2", bytes(64)),
        ("UPDATE entries SET body = NULL WHERE position = 2",),
        ("DELETE FROM entries WHERE position = 1",),
    ],
)
def test_a_roster_that_was_tampered_with_is_refused_rather_than_believed(
    shelf: Shelf, tampering: tuple[Any, ...]
) -> None:
    world = World.found(1)
    shelf.found(world)
    world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    shelf.run(*tampering)
    shelf.store.states.drop([world.programme])
    with pytest.raises(StorageFailed, match="does not verify"):
        shelf.store.state(world.programme)


def test_catching_up_applies_what_is_above(shelf: Shelf) -> None:
    world = World.found(1)
    shelf.found(world)
    for _ in range(2):
        world.invite("recovery")
        shelf.push(world, world.lead, world.entries[-1])
    with shelf.store._database.reading() as driver:
        for state in (RosterState.start(world.programme), *world.states):
            assert catch_up(driver, state) == world.state
