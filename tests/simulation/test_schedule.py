"""Schedules on file, and schedules from seeds."""

from pathlib import Path

from simulation.generate import EVERY, STORM, generate
from simulation.operations import OPERATIONS
from simulation.schedule import Event, Fault, load, save, without_fault


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    schedule = generate(7, trouble=STORM)
    save(tmp_path / "one.json", schedule, broken="nothing_is_lost")
    assert load(tmp_path / "one.json") == (schedule, {"broken": "nothing_is_lost"})


def test_seeds_differ_and_are_the_same_again() -> None:
    assert generate(3) == generate(3) != generate(4)


def test_every_operation_and_fault_is_drawn_by_some_seed() -> None:
    seeds = [generate(seed, trouble=STORM) for seed in range(60)] + [generate(EVERY - 1)]
    events = [event for schedule in seeds for event in schedule.events]
    assert {event.op for event in events} == set(OPERATIONS)
    assert len({fault.kind for event in events for fault in event.faults}) == 11


def test_new_slots_are_filled_once() -> None:
    events = generate(11).events
    new = [event.new for event in events if event.new >= 0]
    assert len(new) == len(set(new)) > 0


def test_a_fault_is_taken_out_alone() -> None:
    first, second = Fault("answer", 1), Fault("crash", 2)
    assert without_fault(Event("sync", 0, 1, faults=(first, second)), 0).faults == (second,)
