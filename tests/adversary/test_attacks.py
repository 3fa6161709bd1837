"""The kit over the wire: the reference client stands these attacks, and a client with a weakness is found out."""

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adversary.__main__ import DRIVER
from adversary.calls import Reply
from adversary.host import Host
from adversary.play import honest_month
from adversary.scene import Logged, Scene, SceneBroken, build
from adversary.tricks import at, every, replaying, saying
from adversary.verdict import MONTH, PREVENTED, UNNOTICED, Attack, Outcome
from tests.adversary.lane import Lane

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lane]:
    folder = tmp_path_factory.mktemp("lane")
    async with Host() as host:
        yield Lane(host, await build(host, DRIVER, folder / "house"), folder)


@pytest.mark.parametrize(
    "name",
    ["reorder", "ghost-device-at-recovery", "stale-wrap", "restore-without-a-word", "write-letters-to-the-leads"],
)
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


async def test_a_fork_of_one_space_alone_is_noticed_and_proven_by_both_phones(lane: Lane) -> None:
    row = await lane.play("fork-a-personal-space")
    assert (row.verdict, row.lost, row.trouble) == (MONTH, 0, ())
    assert any("had seen" in word for word in row.words)
    assert "what ada and second were told, joined, proves two histories of personal" in row.evidence


async def test_an_honest_month_is_silent(lane: Lane) -> None:
    await honest_month(lane.host, DRIVER, lane.house, lane.new_folder())


async def test_a_client_that_states_no_witnesses_is_no_good_for_what_takes_a_month(lane: Lane) -> None:
    """In an honest month all would fall silent, and that would pass for the discovery of every fork."""
    command = (sys.executable, "-m", "tests.adversary.weak", "witnesses-never-stated")
    with pytest.raises(SceneBroken, match="complains of an honest server within a month"):
        await honest_month(lane.host, command, lane.house, lane.new_folder())


@pytest.mark.parametrize("looks", [True, False])
async def test_a_lie_that_nobody_asked_for_is_none(lane: Lane, looks: bool) -> None:
    """The table would say "prevented" of a client that never looks."""

    async def act(scene: Scene) -> Outcome:
        await scene.log("ada")
        scene.turn(saying(at("/v1/nowhere"), b"") if looks else replaying(every))
        if looks:
            await scene.sync("ada")
        return Outcome("")

    row = await lane.act(Attack("nobody-asks", "none", PREVENTED, lasting=False, act=act))
    assert row.verdict == UNNOTICED
    assert "the attack was never carried out" in row.trouble[0]


async def test_a_lie_that_fails_in_the_kit_is_not_one_that_was_prevented(lane: Lane) -> None:
    async def fail(*_: object) -> Reply:
        raise ValueError("oops")

    async def act(scene: Scene) -> Outcome:
        scene.turn(fail)
        await scene.sync("ada")
        return Outcome("")

    row = await lane.act(Attack("kit-fails", "none", PREVENTED, lasting=False, act=act))
    assert (row.verdict, row.trouble) == (UNNOTICED, ("what the client sent made the kit fail: ValueError: oops",))


async def test_all_phones_are_asked_in_the_end_also_those_that_took_no_part(lane: Lane) -> None:
    async def act(scene: Scene) -> Outcome:
        scene.turn(replaying(every))
        await scene.sync("lead")
        scene.logged.append(Logged("bo", "contact", "AAAAAAAAAAAAAAAAAAAAAA", {}))
        return Outcome("")

    row = await lane.act(Attack("forgets", "none", PREVENTED, lasting=True, act=act))
    assert row.lost == 1


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
        ("witnesses-unchecked", "fork-a-personal-space"),
        ("any-restored-believed", "restored-by-a-removed-lead-on-an-old-copy"),
        ("slips-believed", "write-letters-to-the-leads"),
        ("each-slip-is-a-new-note", "tell-a-slip-again"),
    ],
)
async def test_a_weak_client_does_not_notice(lane: Lane, weakness: str, name: str) -> None:
    row = await lane.against(weakness, name)
    assert row.verdict == UNNOTICED
    # Not by chance, such as a process that ended.
    assert row.reason.startswith(f"promised is: {row.attack.promise}; ")
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
