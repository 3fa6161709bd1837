"""The shortest schedule that still fails: delta debugging (Zeller and Hildebrandt, 2002), then fault by fault."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from simulation.schedule import Event, Schedule, without_fault

Fails = Callable[[Schedule], bool]


def shrink(schedule: Schedule, fails: Fails, most: int = 150) -> Schedule:
    """A schedule that `fails`, with as few events and faults as `most` tries can find."""
    left = most

    def still(events: Sequence[Event]) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and fails(replace(schedule, events=tuple(events)))

    return replace(schedule, events=tuple(_fewer_faults(_fewer_events(list(schedule.events), still), still)))


def _fewer_events(events: list[Event], still: Callable[[Sequence[Event]], bool]) -> list[Event]:
    size = max(1, len(events) // 2)
    while True:
        at, dropped = 0, False
        while at < len(events):
            fewer = events[:at] + events[at + size :]
            if still(fewer):
                events, dropped = fewer, True
            else:
                at += size
        if size == 1 and not dropped:
            return events
        size = max(1, size // 2)


def _fewer_faults(events: list[Event], still: Callable[[Sequence[Event]], bool]) -> list[Event]:
    for at in range(len(events)):
        for number in reversed(range(len(events[at].faults))):
            calmer = [*events[:at], without_fault(events[at], number), *events[at + 1 :]]
            if still(calmer):
                events = calmer
    return events
