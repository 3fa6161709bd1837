"""Who comes back in the end of a run, and what may be asked of those who do."""

import asyncio
from pathlib import Path

import pytest

from device.transport import ServerProblem
from simulation import healing
from simulation.blank import scratch
from simulation.handset import watching
from simulation.healing import heal
from simulation.house import house
from simulation.run import play
from simulation.schedule import Event, Schedule
from simulation.world import World


def back_after(*events: Event) -> set[int]:
    """The slots that are connected in the end."""
    furnished = house()

    async def run(folder: Path) -> set[int]:
        async with World(folder, 1) as world:
            with watching(world):
                furnished.furnish(world)
                for event in events:
                    await world.play(event)
                return {handset.slot for handset in await heal(world)}

    with scratch("healing-") as folder:
        return asyncio.run(run(Path(folder)))


def test_a_restored_phone_that_the_server_knows_is_linked_again() -> None:
    events = Event("back-up", 2, 1), Event("sync", 2, 2), Event("restore", 2, 295750275)
    assert back_after(*events) == {0, 1, 2, 3, 4}


def test_who_may_not_be_linked_again_is_not_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: object) -> None:
        raise ServerProblem("limit-reached", 409, "30 device statements a year are the limit", {})

    monkeypatch.setattr(healing, "relink", refused)
    assert back_after(Event("revoke", 2, 1), Event("sync", 3, 2)) == {0, 1, 2, 4}


@pytest.mark.parametrize("seed", range(2))
def test_a_key_that_only_lost_phones_held_comes_back_to_nobody(seed: int) -> None:
    """The server was put back to before the rotation, and all phones of the account are gone."""
    events = Event("server-back-up", 0, 1), Event("rotate-personal", 3, 2), Event("lose", 2, 3), Event("lose", 3, 4)
    outcome = play(Schedule(seed, events))
    assert (outcome.broken, outcome.detail) == ("", "")
