"""The kit over the wire: the reference client stands these attacks, and a client with a weakness is found out."""

import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from adversary.__main__ import DRIVER
from adversary.attacks.table import ATTACKS
from adversary.host import Host
from adversary.play import play
from adversary.scene import House, Scene, build
from adversary.verdict import MONTH, UNNOTICED, Attack, Outcome, Row

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = count()
BY_NAME = {attack.name: attack for attack in ATTACKS}


@dataclass
class Lane:
    """A server with a programme that was built by the reference client."""

    host: Host
    house: House
    folder: Path

    async def play(self, name: str, command: Sequence[str] = DRIVER) -> Row:
        return await self.act(BY_NAME[name], command)

    async def act(self, attack: Attack, command: Sequence[str] = DRIVER) -> Row:
        return await play(self.host, command, self.house, attack, self.folder / str(next(NUMBER)))

    async def against(self, weakness: str, name: str) -> Row:
        return await self.play(name, (sys.executable, "-m", "tests.adversary.weak", weakness))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    folder = tmp_path_factory.mktemp("lane")
    async with Host() as host:
        yield Lane(host, await build(host, DRIVER, folder / "house"), folder)


@pytest.mark.parametrize("name", ["reorder", "ghost-device-at-recovery", "stale-wrap", "restore-without-a-word"])
async def test_the_reference_client_stands_it(lane: Lane, name: str) -> None:
    row = await lane.play(name)
    assert (row.verdict, row.lost, row.trouble) == (row.attack.promise, 0, ())
    assert row.logged
    assert row.passed


async def test_a_stated_limit_is_no_failure(lane: Lane) -> None:
    row = await lane.play("keep-what-was-erased")
    assert (row.limit, row.words, row.lost, row.passed) == (True, (), 0, True)


async def test_a_fork_is_noticed_within_a_month(lane: Lane) -> None:
    row = await lane.play("fork-two-phones")
    assert (row.verdict, row.lost, row.trouble) == (MONTH, 0, ())
    assert all("was not heard from for 46 days" in word for word in row.words)
    assert row.words


async def test_in_an_honest_month_nobody_complains(lane: Lane) -> None:
    """What is noticed within a month must be the server's doing, not that of the days."""

    async def nothing(scene: Scene) -> Outcome:
        await scene.log("ada")
        scene.turn()
        return Outcome("")

    row = await lane.act(Attack("nothing", "none", MONTH, lasting=False, act=nothing))
    assert (row.verdict, row.words, row.lost, row.trouble) == (UNNOTICED, (), 0, ())


@pytest.mark.parametrize(
    ("weakness", "name"),
    [
        ("heads-unchecked", "sign-a-head-without-its-entries"),
        ("entries-unchecked", "omit-the-middle"),
        ("signatures-unchecked", "sign-with-another-key"),
        ("keys-unchecked", "exchange-a-device-key"),
        ("void-entries-count", "revoked-phone-goes-on-writing"),
        ("user-told-nothing", "roll-back"),
        ("erasures-unchecked", "erase-everything-with-a-stolen-phone"),
    ],
)
async def test_a_weak_client_does_not_notice(lane: Lane, weakness: str, name: str) -> None:
    row = await lane.against(weakness, name)
    assert row.verdict == UNNOTICED
    assert not row.passed


async def test_a_client_that_drops_what_it_sent_loses_records(lane: Lane) -> None:
    row = await lane.against("outbox-dropped-on-send", "lose-requests")
    assert row.lost == 1
    assert not row.passed


@pytest.mark.parametrize(
    ("weakness", "name", "trouble"),
    [
        ("clones-believed", "false-device-cloned", "ada still has 1 unsent records"),
        ("honest-servers-accused", "lose-acknowledgements", "ada still says: this server lies"),
    ],
)
async def test_a_client_that_does_not_go_on_is_found_out(lane: Lane, weakness: str, name: str, trouble: str) -> None:
    row = await lane.against(weakness, name)
    assert trouble in row.trouble
    assert not row.passed
