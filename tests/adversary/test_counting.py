"""Attacks on statistics: an honest period is silent, and a client with a weakness is found out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adversary.__main__ import DRIVER
from adversary.counting import build_counted, honest_period
from adversary.host import Host
from adversary.scene import Scene
from adversary.verdict import PREVENTED, UNNOTICED, Attack, Outcome
from tests.adversary.lane import Lane

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    folder = tmp_path_factory.mktemp("period")
    async with Host() as host:
        yield Lane(host, await build_counted(host, DRIVER, folder / "house"), folder)


async def test_an_honest_period_is_silent(lane: Lane) -> None:
    await honest_period(lane.host, DRIVER, lane.house, lane.new_folder())


async def test_the_reference_client_stands_it(lane: Lane) -> None:
    row = await lane.play("leave-a-report-out-of-the-list")
    assert (row.verdict, row.lost, row.trouble) == (row.attack.promise, 0, ())
    assert row.passed


async def test_that_days_pass_is_no_lie(lane: Lane) -> None:
    """The server's clock is ahead in every such attack, because the month has to end."""

    async def act(scene: Scene) -> Outcome:
        scene.go_on(1)
        await scene.sync("ada")
        return Outcome("")

    row = await lane.act(Attack("days-pass", "none", PREVENTED, lasting=False, act=act))
    assert row.verdict == UNNOTICED
    assert "the attack was never carried out" in row.trouble[0]


@pytest.mark.parametrize(
    ("weakness", "name"),
    [
        ("lists-unchecked", "leave-a-report-out-of-the-list"),
        ("sums-unchecked", "leave-a-report-out-of-a-closing"),
        ("floors-unchecked", "define-a-table-below-the-floors"),
    ],
)
async def test_a_weak_client_does_not_notice(lane: Lane, weakness: str, name: str) -> None:
    row = await lane.against(weakness, name)
    assert row.verdict == UNNOTICED
    assert row.reason.startswith(f"promised is: {row.attack.promise}; ")
    assert not row.passed
