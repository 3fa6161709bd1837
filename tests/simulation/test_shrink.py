"""What delta debugging leaves of a schedule."""

from simulation.schedule import Event, Fault, Schedule
from simulation.shrink import shrink


def test_only_what_is_needed_is_left() -> None:
    whole = Schedule(1, tuple(Event(name, 0, at) for at, name in enumerate("abcdefghijklmnop")))
    short = shrink(whole, lambda one: {"c", "k"} <= {event.op for event in one.events})
    assert [event.op for event in short.events] == ["c", "k"]
    assert short.seed == 1


def test_faults_that_do_not_matter_go() -> None:
    needed, other = Fault("crash", 3), Fault("answer", 1)
    whole = Schedule(1, (Event("sync", 0, 1, faults=(other, needed)), Event("log", 0, 2, faults=(other,))))
    short = shrink(whole, lambda one: any(needed in event.faults for event in one.events))
    assert short.events == (Event("sync", 0, 1, faults=(needed,)),)


def test_the_number_of_tries_is_bounded_and_the_answer_still_fails() -> None:
    whole = Schedule(1, tuple(Event("log", 0, at) for at in range(64)))
    tried: list[Schedule] = []

    def fails(one: Schedule) -> bool:
        tried.append(one)
        return len(one.events) > 10

    short = shrink(whole, fails, most=5)
    assert len(tried) == 5
    assert len(short.events) > 10
