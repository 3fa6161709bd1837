"""Epoch keys: only what the roster commits to is ever used."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.secret.epoch import wrap
from device.keyring import epoch_key, held_key, hold_key, hold_those_of, learn_key, missing_keys, open_wrap
from device.vault import Vault
from sync.state import RosterState
from tests.device.local import opened_vault
from tests.support.actors import World


@pytest.fixture(scope="module")
def world() -> World:
    """A programme whose commons have had three keys."""
    made = World.found(4)
    for _ in range(2):
        made.rotate(made.lead, "commons")
    return made


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


def keys(world: World) -> list[bytes]:
    return world.epoch_keys[world.log("commons")]


def held(vault: Vault, world: World, roster: RosterState | None = None) -> list[bytes | None]:
    return [held_key(vault.read(), roster or world.state, world.log("commons"), epoch) for epoch in (1, 2, 3)]


def test_the_newest_key_opens_all_older_ones(vault: Vault, world: World) -> None:
    log = world.log("commons")
    assert missing_keys(vault.read(), world.state, [world.programme, log]) == [log]
    with vault.write() as connection:
        learn_key(connection, world.state, log, 3, keys(world)[2])
    assert held(vault, world) == keys(world)
    assert missing_keys(vault.read(), world.state, [world.programme, log]) == []


def test_a_key_of_the_middle_opens_what_is_older(vault: Vault, world: World) -> None:
    with vault.write() as connection:
        learn_key(connection, world.state, world.log("commons"), 2, keys(world)[1])
    assert held(vault, world) == [*keys(world)[:2], None]


def test_a_key_that_the_roster_does_not_name_is_held_and_never_used(vault: Vault, world: World) -> None:
    log = world.log("commons")
    with vault.write() as connection:
        hold_key(connection, log, 3, bytes(32))
    assert epoch_key(vault.read(), log, 3) == bytes(32)
    assert held(vault, world) == [None, None, None]
    assert missing_keys(vault.read(), world.state, [log]) == [log]
    with vault.write() as connection:
        learn_key(connection, world.state, log, 3, keys(world)[2])
    assert held(vault, world) == keys(world)


def test_a_history_that_was_left_is_gone_over_to_once_more_with_its_keys(vault: Vault, world: World) -> None:
    log = world.log("commons")
    with vault.write() as connection:
        learn_key(connection, world.state, log, 3, keys(world)[2])
        hold_key(connection, log, 2, bytes(32))
    assert epoch_key(vault.read(), log, 2) == bytes(32)
    with vault.write() as connection:
        hold_those_of(connection, world.state)
    assert held(vault, world) == keys(world)
    assert [epoch_key(vault.read(), log, epoch) for epoch in (1, 2, 3)] == keys(world)


def test_a_previous_key_that_was_sealed_wrongly_ends_the_walk_and_no_work(vault: Vault, world: World) -> None:
    log = world.log("commons")
    space = world.state.spaces[log]
    first, second, third = space.epochs
    broken = replace(space, epochs=(first, second, replace(third, sealed_previous=bytes(48))))
    roster = replace(world.state, spaces=world.state.spaces.set(log, broken))
    with vault.write() as connection:
        learn_key(connection, roster, log, 3, keys(world)[2])
    assert held(vault, world, roster) == [None, None, keys(world)[2]]


def test_only_a_wrap_for_oneself_of_a_key_of_the_roster_opens(world: World) -> None:
    log, member = world.log("commons"), world.lead.person.member
    current = keys(world)[2]

    def sealed(key: bytes = current, epoch: int = 3, reader: bytes = member.hash) -> bytes:
        return wrap(key, world.programme, log, epoch, reader, member.public)

    mine = {member.hash: member}
    assert open_wrap(world.state, mine, log, 3, member.hash, sealed()) == current
    # Only a code is wrapped to at all epochs; the roster commits to each.
    assert open_wrap(world.state, mine, log, 2, member.hash, sealed(keys(world)[1], 2)) == keys(world)[1]
    other = world.log("leads")
    for refused in (
        open_wrap(world.state, mine, log, 3, member.hash, sealed(bytes(32))),
        open_wrap(world.state, mine, log, 2, member.hash, sealed(keys(world)[2], 2)),
        open_wrap(world.state, mine, log, 0, member.hash, sealed(keys(world)[0], 0)),
        open_wrap(world.state, mine, log, 4, member.hash, sealed(keys(world)[2], 4)),
        open_wrap(world.state, mine, log, 3, member.hash, sealed(keys(world)[1])),
        open_wrap(world.state, mine, log, 3, b"r" * 32, sealed(reader=b"r" * 32)),
        open_wrap(world.state, mine, other, 1, member.hash, sealed()),
        open_wrap(world.state, mine, bytes(32), 1, member.hash, sealed()),
        open_wrap(world.state, mine, log, 3, member.hash, sealed()[:-1] + b"\x00\x00"),
        open_wrap(world.state, {}, log, 3, member.hash, sealed()),
    ):
        assert refused is None
