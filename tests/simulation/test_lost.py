"""What must be known again after the server was put back, and what need not."""

from simulation.house import PAIR
from simulation.lost import Departed, Losses
from simulation.run import play
from simulation.schedule import Event, Schedule

VICTIM, THIEF = PAIR


def test_a_thiefs_revocation_that_the_paper_cancels_is_not_unlearnt() -> None:
    """It was lost and given back; then the owner took the thief's phone off, and the victim was active again."""
    events = (
        Event("server-back-up", VICTIM, 0),
        Event("steal", THIEF, 0),
        Event("thieve", THIEF, 4280399182),
        Event("sync", VICTIM, 0),
        Event("come-back", VICTIM, 526182517),
        Event("server-restore", VICTIM, 0),
    )
    outcome = play(Schedule(91027, events))
    assert (outcome.broken, outcome.detail) == ("", "")


def test_what_two_phones_wrote_under_one_stamp_is_lost_by_itself() -> None:
    """One alone had an edit, and was lost with it; another one edited the same record then (seed 250194)."""
    one, other = PAIR
    events = (
        Event("log", one, 2421852339),
        Event("server-back-up", one, 709955059),
        Event("sync", one, 3898501842),
        Event("sync", other, 1279389464),
        Event("edit", one, 4100583727),
        Event("sync", one, 4153895575),
        Event("lose", one, 1995757741),
        Event("server-restore", other, 1356774453),
        Event("edit", other, 40472165),
    )
    outcome = play(Schedule(250194, events))
    assert (outcome.broken, outcome.detail) == ("", "")


def test_only_what_was_cancelled_after_its_loss_is_known_no_more() -> None:
    losses = Losses()
    for device in (b"later", b"before", b"never"):
        losses.departures[device] = Departed(end=7, slots={0})
    losses.cancel({b"later": 8, b"before": 7})
    assert set(losses.departures) == {b"before", b"never"}
