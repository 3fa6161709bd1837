"""A schedule: what happens, in what order, and what goes wrong meanwhile. Any part of one is a schedule, too."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Fault:
    """`at`: the number of the request, or of the step for a crash; `event`: what happens meanwhile. See `generate`."""

    kind: str
    at: int
    event: "Event | None" = None


@dataclass(frozen=True)
class Event:
    """One operation of the phone in slot `who`. `seed` decides all that is left open; `new`: a slot to fill."""

    op: str
    who: int
    seed: int
    new: int = -1
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """`seed` decides keys, salts and names; the events are played in this order. `people`: accounts at first."""

    seed: int
    events: tuple[Event, ...]
    people: int = 4


def without_fault(event: Event, at: int) -> Event:
    return replace(event, faults=event.faults[:at] + event.faults[at + 1 :])


# On file.


def save(path: Path, schedule: Schedule, **more: Any) -> None:
    """`more`: what a reader of the file wants to know beside it."""
    events = [_plain(event) for event in schedule.events]
    document = {**more, "seed": schedule.seed, "people": schedule.people, "events": events}
    lines = json.dumps(document, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines + "\n")


def load(path: Path) -> tuple[Schedule, dict[str, Any]]:
    """The schedule of a file, and what else stands there."""
    document = json.loads(path.read_text())
    events = tuple(_event_of(raw) for raw in document.pop("events"))
    return Schedule(document.pop("seed"), events, document.pop("people", 4)), document


def _plain(event: Event) -> dict[str, Any]:
    faults = [
        {"kind": one.kind, "at": one.at} | ({"event": _plain(one.event)} if one.event else {}) for one in event.faults
    ]
    plain: dict[str, Any] = {"op": event.op, "who": event.who, "seed": event.seed}
    return plain | ({"new": event.new} if event.new >= 0 else {}) | ({"faults": faults} if faults else {})


def _event_of(raw: dict[str, Any]) -> Event:
    faults = tuple(
        Fault(one["kind"], one["at"], _event_of(one["event"]) if "event" in one else None)
        for one in raw.get("faults", ())
    )
    return Event(raw["op"], raw["who"], raw["seed"], raw.get("new", -1), faults)
