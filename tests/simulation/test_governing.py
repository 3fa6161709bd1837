"""Rules and the server's own statements in a run: what they come to, and that their loss would be noticed."""

import pytest

from simulation import programs
from simulation.lost import Losses
from simulation.operations.governing import move_server
from simulation.run import play
from simulation.schedule import Event, Schedule
from simulation.world import World
from sync.state import FIRST_RULES, RosterState
from tests.simulation.test_healing import after, passes

EVERYBODY = tuple(Event("sync", slot, 1) for slot in range(5))
UPDATED = (Event("update-all", 0, 1), *EVERYBODY)
KEPT, QUIET = Event("server-back-up", 0, 1), Event("server-restore", 0, 0)


def told(*events: Event) -> tuple[list[str], RosterState]:
    """What the events came to, and the roster then."""

    async def look(world: World) -> tuple[list[str], RosterState]:
        return [line.rpartition(": ")[2] for line in world.trace], world.truth.roster()

    return after(events, look)


def test_a_world_leaves_the_program_as_it_was() -> None:
    """Tests that came later in one process met phones which announced the rules of this one."""
    told(*UPDATED)
    assert programs.running() == FIRST_RULES


def test_rules_rise_when_all_phones_have_said_that_they_can() -> None:
    early, before = told(Event("update-all", 0, 1), Event("sync", 2, 1), Event("raise-rules", 2, 1))
    assert (early[-1], before.rules) == ("Nothing", 1)
    done, now = told(*UPDATED, Event("raise-rules", 2, 1))
    assert (done[-1], now.rules) == ("done", 3)


def test_who_comes_in_with_an_old_program_is_told_to_update_and_is_in_then() -> None:
    events = Event("invite", 0, 1), *UPDATED, Event("raise-rules", 2, 1), Event("arrive", 0, 5, new=5)
    outcomes, _ = told(*events)
    assert outcomes[-1] == "outdated"
    passes(*events)


@pytest.mark.parametrize("how", range(4))
def test_the_server_moves_to_where_the_lead_says(how: int) -> None:
    """Another address, another key, both, or neither; one phone had not heard of it before."""
    events = Event("move-server", 0, how), Event("sync", 2, 1), Event("log", 3, 2), Event("moved", 0, 1)

    async def moved(world: World) -> bool:
        roster = world.truth.roster()
        assert not move_server(world)
        return (roster.server_key, roster.address) == (world.server.key, world.server.settings.address)

    assert after(events, moved)
    passes(*events, Event("sync", 2, 3), Event("sync", 3, 4))


def test_what_governs_a_programme_comes_back_after_a_restore() -> None:
    events = KEPT, Event("organisation", 0, 0), *UPDATED, Event("raise-rules", 2, 1), QUIET
    passes(*events, Event("sync", 2, 5))
    _, back = told(*events, *EVERYBODY)
    assert (back.rules, back.one_organisation) == (3, True)


def test_a_statement_that_nobody_gives_back_is_missed_unless_another_history_began_there() -> None:
    async def missed(world: World) -> int:
        return world.losses.missing(world, world.living)

    lost = KEPT, Event("organisation", 0, 0), QUIET
    position = after(lost, missed)
    assert position > 0
    assert after((*lost, Event("sync", 0, 1)), missed) == 0
    assert after((*lost, Event("link", 4, 1)), missed) == 0
    assert after((*lost, Event("lose", 0, 1)), missed) == 0


def test_nothing_is_missed_where_nothing_was_lost() -> None:
    async def missed(world: World) -> int:
        return Losses().missing(world, world.living)

    assert after((), missed) == 0


def test_a_withdrawal_whose_giver_is_gone_fills_no_body() -> None:
    """It came back while the server was healed, and the bodies had gone meanwhile (seed 890051)."""
    deleted = Event("log", 2, 1), Event("sync", 2, 1), Event("sync", 3, 1), Event("delete", 2, 1), Event("sync", 2, 1)
    erased = Event("weeks", 2, 1), Event("sync", 2, 1), Event("sync", 3, 1), KEPT, Event("withdraw", 3, 1)
    late = Event("weeks", 3, 1), Event("server-restore", 0, 4), Event("days", 0, 1), Event("look", 3, 1)
    outcome = play(Schedule(1, (*deleted, *erased, *late, Event("lose", 3, 1))))
    assert (outcome.broken, outcome.detail) == ("", "")
