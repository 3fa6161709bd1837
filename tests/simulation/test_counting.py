"""A period of statistics in a run: what it comes to, also over a restore, and what the account of it would notice."""

import pytest

from device.statistics.reported import reported
from simulation.counting import Counting, Shared, nothing_counts_twice
from simulation.invariants import phones_converge
from simulation.run import play
from simulation.schedule import Event, Schedule
from simulation.violation import Violation
from simulation.world import World
from sync.report import receipt
from tests.simulation.test_healing import after

PEOPLE = 9
LOGGED = tuple(Event("log", slot, slot) for slot in range(3))
EVERYBODY = tuple(Event("sync", slot, 1) for slot in range(PEOPLE + 1))
OPENED = Event("open-period", 0, 0), Event("until", 0, 30), *LOGGED
REPORTED = *OPENED, Event("until", 0, 72), *EVERYBODY
CLOSED = Event("aggregate", 0, 1), Event("until", 0, 80), Event("close-period", 0, 1)
KEPT, RESTORED = Event("server-back-up", 0, 1), Event("server-restore", 0, 0)
OPENING, CLOSING, ONE, OTHER = b"o" * 32, b"c" * 32, b"1" * 16, b"2" * 16


def test_a_period_is_opened_reported_closed_and_released() -> None:
    async def look(world: World) -> tuple[int, set[str]]:
        phones = [world.handsets[slot].phone for slot in range(PEOPLE + 1)]
        said = {one.outcome for phone in phones for one in reported(phone.records.view, phone.vault.read())}
        return len(phones[0].statistics.releases()), said

    events = *REPORTED, *CLOSED, Event("release", 0, 1), *EVERYBODY
    assert after(events, look, PEOPLE) == (1, {"counted"})


@pytest.mark.parametrize(
    ("seed", "events"),
    [
        (0, (KEPT, *REPORTED, RESTORED, *CLOSED, Event("release", 0, 1))),
        (4, (*OPENED, KEPT, Event("until", 0, 72), *EVERYBODY, *CLOSED, RESTORED, Event("release", 0, 1))),
    ],
    ids=["before it closes", "after it closed"],
)
def test_a_server_is_put_back_in_the_middle_of_a_period(seed: int, events: tuple[Event, ...]) -> None:
    """With its reports, and without: no backup has them."""
    outcome = play(Schedule(seed, events, PEOPLE))
    assert (outcome.broken, outcome.detail) == ("", "")


def shared(account: bytes, *counted: bytes) -> Shared:
    return Shared(account, OPENING, b"", {}, frozenset(counted))


def test_two_reports_of_an_account_in_one_list_are_found() -> None:
    counting = Counting()
    counting.shared = {ONE: shared(b"a"), OTHER: shared(b"b")}
    counting.closed[CLOSING] = [receipt(OPENING, b"a", ONE), receipt(OPENING, b"b", OTHER)]
    assert [one.account for one in counting.counted(OPENING, CLOSING)] == [b"a", b"b"]
    counting.shared[OTHER] = shared(b"a")
    counting.closed[CLOSING] = [receipt(OPENING, b"a", ONE), receipt(OPENING, b"a", OTHER)]
    with pytest.raises(Violation, match="nobody_counts_twice"):
        counting.counted(OPENING, CLOSING)
    counting.closed[CLOSING] = [bytes(32)]
    with pytest.raises(Violation, match="nobody_counts_twice"):
        counting.counted(OPENING, CLOSING)


def test_a_contact_in_two_totals_is_found_and_other_shares_under_one_nonce() -> None:
    async def look(world: World) -> None:
        nothing_counts_twice(world, [])
        roster = world.truth.roster()
        ((opening, made),) = roster.openings.items()
        assert made.closed is not None
        nonces = {receipt(opening, one.account, nonce): nonce for nonce, one in world.counting.shared.items()}
        first, second = [nonces[one] for one in world.counting.closed[made.closed]][:2]
        for nonce in (first, second):
            old = world.counting.shared[nonce]
            world.counting.shared[nonce] = Shared(old.account, opening, old.content, old.cells, frozenset({b"same"}))
        with pytest.raises(Violation, match="nothing_counts_twice"):
            nothing_counts_twice(world, [])
        content = world.counting.shared[first].content
        handset = world.handsets[0]
        world.counting.sends(handset, content)
        world.counting.shared[first] = Shared(b"", opening, b"another", {}, frozenset())
        with pytest.raises(Violation, match="no_report_is_shared_twice"):
            world.counting.sends(handset, content)

    after((*REPORTED, *CLOSED), look, PEOPLE)


def test_what_became_of_a_report_may_wait_for_the_next_flush() -> None:
    """A sync that only looks had brought it, in the last round of all (seed 910015)."""

    async def look(world: World) -> list[tuple[str, str]]:
        handset = world.handsets[4]
        phones_converge(world, [handset])
        return handset.query("SELECT type, field FROM pending")

    events = Event("open-period", 0, 0), Event("sync", 4, 1), Event("until", 0, 72), Event("look", 4, 1)
    assert after(events, look, PEOPLE) == [("report", "outcome")]
