"""Who comes back in the end of a run, and what may be asked of those who do."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from device.transport import ServerProblem
from simulation import healing
from simulation.blank import scratch
from simulation.handset import watching
from simulation.healing import heal
from simulation.house import PEOPLE, house
from simulation.operations.restoring import put_back
from simulation.run import play
from simulation.schedule import Event, Schedule
from simulation.world import World

QUIET, DECLARED = 0, 4
"""Seeds of `server-restore`: whether the operator says so."""
GONE = Event("lose", 0, 1), Event("lose", 1, 2)
"""All phones of leads."""
T = TypeVar("T")


def after(events: Iterable[Event], act: Callable[[World], Awaitable[T]], people: int = PEOPLE) -> T:
    """What an act comes to in the world after these events."""
    furnished = house(people)

    async def run(folder: Path) -> T:
        async with World(folder, 1) as world:
            with watching(world):
                furnished.furnish(world)
                for event in events:
                    await world.play(event)
                return await act(world)

    with scratch("healing-") as folder:
        return asyncio.run(run(Path(folder)))


def back_after(*events: Event) -> set[int]:
    """The slots that are connected in the end."""

    async def back(world: World) -> set[int]:
        return {handset.slot for handset in await heal(world)}

    return after(events, back)


def passes(*events: Event) -> None:
    outcome = play(Schedule(1, events))
    assert (outcome.broken, outcome.detail) == ("", "")


def test_a_restored_phone_that_the_server_knows_is_linked_again() -> None:
    events = Event("back-up", 2, 1), Event("sync", 2, 2), Event("restore", 2, 295750275)
    assert back_after(*events) == {0, 1, 2, 3, 4}


def test_who_may_not_be_linked_again_is_not_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> None:
        raise ServerProblem("limit-reached", 409, "30 device statements a year are the limit", {})

    monkeypatch.setattr(healing, "relink", refused)
    assert back_after(Event("revoke", 2, 1), Event("sync", 3, 2)) == {0, 1, 2, 4}


@pytest.mark.parametrize("seed", range(2))
def test_who_alone_knows_that_they_left_meets_the_restored_server_first(seed: int) -> None:
    """With and without the operator's command; nobody else was told, and somebody wrote on."""
    events = Event("server-back-up", 0, 1), Event("leave", 4, 2), Event("server-restore", 0, seed), Event("log", 0, 3)
    outcome = play(Schedule(seed, (*events, Event("invite", 0, 4), Event("sync", 0, 5))))
    assert (outcome.broken, outcome.detail) == ("", "")


@pytest.mark.parametrize("seed", range(2))
def test_a_key_that_only_lost_phones_held_comes_back_to_nobody(seed: int) -> None:
    """The server was put back to before the rotation, and all phones of the account are gone."""
    events = Event("server-back-up", 0, 1), Event("rotate-personal", 3, 2), Event("lose", 2, 3), Event("lose", 3, 4)
    outcome = play(Schedule(seed, events))
    assert (outcome.broken, outcome.detail) == ("", "")


@pytest.mark.parametrize("how", [QUIET, DECLARED])
def test_a_server_whose_leads_are_gone_goes_on(how: int) -> None:
    """It was being healed for ever; and what it signed twice, since a phone was lost too, nobody could declare."""
    passes(
        Event("server-back-up", 0, 1),
        Event("edit", 2, 5),
        Event("sync", 2, 6),
        *GONE,
        Event("lose", 2, 3),
        Event("server-restore", 4, how),
        Event("edit", 3, 3),
        Event("sync", 3, 4),
    )


def test_a_lead_who_comes_back_from_paper_says_that_the_server_was_restored() -> None:
    passes(
        Event("server-back-up", 0, 1),
        Event("back-up", 1, 1),
        Event("edit-resource", 1, 4),
        Event("sync", 1, 2),
        Event("restore", 1, 295750275),
        Event("lose", 0, 1),
        Event("server-restore", 2, DECLARED),
        Event("edit", 2, 3),
        Event("sync", 2, 4),
    )


@pytest.mark.parametrize("how", [QUIET, DECLARED])
def test_who_comes_in_while_a_key_is_lost_accuses_nobody(how: int) -> None:
    """The invite was given back by a member, and only leads could wrap the key of the commons to it again."""
    passes(
        Event("server-back-up", 0, 1),
        Event("invite", 0, 2),
        Event("sync", 2, 3),
        *GONE,
        Event("server-restore", 2, how),
        Event("sync", 2, 4),
        Event("arrive", 2, 5, new=5),
    )


def test_a_restored_that_is_offered_ends_no_healing() -> None:
    async def waits(world: World) -> tuple[bool, list[tuple[int]]]:
        return world.waits, world.server.rows("SELECT healing FROM programmes")

    before = Event("server-back-up", 0, 1), Event("server-restore", 0, DECLARED), Event("declare", 0, 2)
    assert after(before, waits) == (False, [(0,)])
    again = *before, Event("sync", 2, 3), Event("server-restore", 0, DECLARED), Event("sync", 2, 4)
    assert after(again, waits) == (True, [(1,)])


def test_a_copy_made_while_the_server_was_healed_waits_too() -> None:
    async def waits(world: World) -> bool:
        put_back(world, world.server.backup(world.folder / "copy"), declared=False)
        return world.waits

    assert after((Event("server-back-up", 0, 1), Event("server-restore", 0, DECLARED)), waits)
