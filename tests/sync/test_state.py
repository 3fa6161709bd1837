"""The values of a roster state."""

import dataclasses
from typing import Any

import pytest

from crypto.public.ids import log_id
from sync.state import Account, Device, Epoch, InviteRecord, RosterState, Space
from tests.support.actors import World


def code(role: str = "recovery", *, uses: int = 0, last_day: int = 0, closing: int | None = None) -> InviteRecord:
    return InviteRecord(role, b"a" * 16, bytes(32), bytes(32), uses, last_day, 1, b"a" * 16, b"d" * 32, closing)


@pytest.mark.parametrize(
    ("record", "time", "is_open"),
    [
        (code(), 0, True),
        (code(), 2**53 - 1, True),
        (code(closing=10), 9, True),
        (code(closing=10), 10, False),
        (code("member", uses=1, last_day=10), 10, True),
        (code("member", uses=1, last_day=10), 11, False),
        (code("member", uses=0, last_day=10), 10, False),
        (code("link", uses=1, last_day=10, closing=10), 9, True),
        (code("link", uses=1, last_day=10, closing=10), 10, False),
    ],
)
def test_when_an_invite_is_open(record: InviteRecord, time: int, is_open: bool) -> None:
    assert record.is_open(time) is is_open


def test_the_epoch_at_a_position() -> None:
    space = Space("commons", b"", (Epoch(1, b"1"), Epoch(5, b"2"), Epoch(6, b"3")))
    assert [space.epoch_at(position) for position in range(8)] == [0, 1, 1, 1, 1, 2, 3, 3]
    assert (space.epoch, space.current.commitment) == (3, b"3")


def test_values_are_frozen() -> None:
    world = World.found(51)
    made: list[Any] = [
        world.state,
        world.state.chain,
        world.state.accounts[world.lead.account],
        world.state.devices[world.lead.id],
        world.state.spaces[world.log("commons")],
        world.state.policy,
        code(),
    ]
    for value in made:
        name = dataclasses.fields(value)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, name, None)


def test_an_old_state_stays_what_it_was() -> None:
    world = World.found(52)
    old = world.state
    world.invite("recovery")
    world.second_lead()
    assert (len(old.accounts), len(old.devices), len(old.invites), old.chain.position) == (1, 1, 0, 1)
    assert world.states[1] is old


def test_open_invites_are_of_one_account_or_of_the_programme() -> None:
    world = World.found(53)
    own, link = world.invite("recovery"), world.invite("link")
    member = world.member()
    theirs, asked = world.invite("recovery", member), world.invite("lead")
    state = world.state
    assert state.open_invites("recovery", account=world.lead.account).keys() == {own.id}
    assert state.open_invites("link", "recovery", account=world.lead.account).keys() == {own.id, link.id}
    assert state.open_invites("recovery", account=member.account).keys() == {theirs.id}
    assert state.open_invites("member", "lead").keys() == {asked.id}
    assert state.open_invites("recovery") == {}
    assert state.open_invites("recovery", account=b"z" * 16) == {}


def test_the_account_of_a_device() -> None:
    world = World.found(54)
    account = world.state.account_of(world.lead.id)
    assert account is not None
    assert account == world.state.accounts[world.lead.account]
    assert account.is_lead
    assert not Account("member", b"", 1, 0, ()).is_lead
    assert world.state.account_of(bytes(32)) is None


def test_log_ids_of_spaces() -> None:
    state = RosterState.start(b"P" * 32)
    assert state.space_log("commons") == log_id(b"P" * 32, "commons")
    assert state.space_log("personal", b"a" * 16) == log_id(b"P" * 32, "personal", b"a" * 16)
    assert Device(b"a" * 16, b"", b"", 1, b"").rules == 1


def test_roles_are_remembered_of_those_who_left() -> None:
    world = World.found(55)
    second = world.second_lead()
    assert world.state.was_lead(second.account)
    world.remove(world.lead, second)
    assert world.state.was_lead(second.account)
    assert second.account not in world.state.leads
    assert not world.state.was_lead(b"a" * 16)
    assert world.state.account_of(second.id) is None
    assert world.state.known_device(second.id) is not None
    assert world.state.known_device(bytes(32)) is None
