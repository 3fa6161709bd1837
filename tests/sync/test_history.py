"""A roster with its past: every position tells whose key it was, and what had been declared."""

from dataclasses import replace

import pytest

from crypto.public.signing import SigningKey
from sync.errors import Refused
from sync.history import grow
from sync.log import Cursor
from tests.support.actors import World
from tests.support.refusals import refused


@pytest.fixture
def world() -> World:
    made = World.found(31)
    made.announce(made.lead)
    made.restored(made.lead)
    made.move(made.lead, SigningKey.generate(made.randomness), "https://moved.example")
    made.restored(made.lead)
    return made


def test_keys_and_restores_are_those_of_the_position(world: World) -> None:
    history = grow(world.entries)
    first, second = world.states[1].server_key, world.state.server_key
    assert history.state == world.state
    assert [len(history.keys_until(at)) for at in range(6)] == [0, 1, 1, 1, 2, 2]
    assert history.keys_until(3) == {first: "https://hallway.example"}
    assert history.keys_until(9) == {first: "https://hallway.example", second: "https://moved.example"}
    assert [len(history.restores_until(at)) for at in range(6)] == [0, 0, 0, 1, 1, 2]
    assert history.restores == {world.states[3].chain.cursor, world.states[5].chain.cursor}


def test_a_key_that_stays_at_another_address_is_known_by_the_newest(world: World) -> None:
    world.move(world.lead, world.server, "https://again.example")
    assert grow(world.entries).keys_until(6)[world.server.public] == "https://again.example"


def test_it_has_the_states_it_went_through(world: World) -> None:
    history = grow(world.entries)
    assert all(history.has(state.chain.cursor) for state in world.states)
    assert not history.has(Cursor(2, bytes(32)))
    assert not history.has(Cursor(6, world.state.chain.head))


def test_a_statement_that_is_refused_is_named(world: World) -> None:
    broken = [*world.entries[:2], replace(world.entries[2], signature=bytes(64)), *world.entries[3:]]
    with pytest.raises(Refused, match="signature-invalid: statement 3 is refused"):
        grow(broken)
    with refused("body-mismatch"):
        grow([replace(world.entries[0], body=None)])


def test_rules_of_a_newer_program_are_not_guessed(world: World) -> None:
    world.announce(world.lead, 2)
    world.raise_rules(world.lead, 2)
    with refused("statement-unsupported"):
        grow(world.entries)
