"""A schedule: what happens, in what order, and what goes wrong meanwhile. Any part of one is a schedule, too."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from simulation.house import SLOTS
from simulation.operations import OPERATIONS

FAULTS = {
    "request": 5.0,
    "answer": 6.0,
    "offline": 3.0,
    "deaf": 3.0,
    "delay": 5.0,
    "twice": 3.0,
    "again": 3.0,
    "crash": 8.0,
    "server-before": 3.0,
    "server-after": 3.0,
    "meanwhile": 4.0,
}
"""Weights. At the `at`-th request of the phone: it is lost; its answer is lost; it and all later ones are lost; all
answers from then on are lost; it comes late; it comes twice; it comes a second time late; (at the `at`-th step) the
phone dies; the server dies before its COMMIT, or after it; something else happens first."""
STEPS = 24
"""A crash is drawn among so many durable steps of an operation."""


@dataclass(frozen=True)
class Fault:
    """`at`: the number of the request, or of the step for a crash; `event`: what happens meanwhile."""

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
    """`seed` decides keys, salts and names; the events are played in this order."""

    seed: int
    events: tuple[Event, ...]


def generate(seed: int) -> Schedule:
    """The schedule of a seed: short ones and long ones, quiet and bad networks, few phones and tens."""
    dice = Random(seed)
    slots = list(SLOTS)
    length = dice.choice((40, 60, 80, 110, 150))
    trouble = dice.choice((0.0, 0.1, 0.25, 0.4))
    growth = dice.choice((0.5, 1.0, 3.0))
    names = list(OPERATIONS)
    weights = [OPERATIONS[name].weight * (growth if OPERATIONS[name].arrives else 1) for name in names]
    events: list[Event] = []
    while len(events) < length:
        (name,) = dice.choices(names, weights)
        events += _chosen(dice, slots, name, trouble)
    return Schedule(seed, tuple(events))


def _chosen(dice: Random, slots: list[int], name: str, trouble: float) -> list[Event]:
    """The operation, and what has to follow soon for it to matter: a ticket is for somebody."""
    return [_event(dice, slots, each, trouble) for each in (name, *OPERATIONS[name].followed_by)]


def _event(dice: Random, slots: list[int], name: str, trouble: float) -> Event:
    who, new = dice.choice(slots), -1
    if OPERATIONS[name].arrives:
        new = max(slots) + 1
        slots.append(new)
    faults: tuple[Fault, ...] = ()
    if dice.random() < trouble:
        faults = tuple(_fault(dice, slots) for _ in range(dice.choice((1, 1, 1, 2))))
    return Event(name, who, dice.getrandbits(32), new, faults)


def _fault(dice: Random, slots: list[int]) -> Fault:
    (kind,) = dice.choices(list(FAULTS), list(FAULTS.values()))
    if kind == "crash":
        return Fault(kind, dice.randint(1, STEPS))
    event = _event(dice, slots, dice.choice(_WHILE), 0.0) if kind == "meanwhile" else None
    return Fault(kind, dice.choice((1, 1, 2, 2, 3, 4)), event)


_WHILE = ("sync", "sync", "log", "rotate-personal", "rotate-commons", "invite", "edit")


def without_fault(event: Event, at: int) -> Event:
    return replace(event, faults=event.faults[:at] + event.faults[at + 1 :])


# On file.


def save(path: Path, schedule: Schedule, **more: Any) -> None:
    """`more`: what a reader of the file wants to know beside it."""
    document = {**more, "seed": schedule.seed, "events": [_plain(event) for event in schedule.events]}
    lines = json.dumps(document, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines + "\n")


def load(path: Path) -> tuple[Schedule, dict[str, Any]]:
    """The schedule of a file, and what else stands there."""
    document = json.loads(path.read_text())
    return Schedule(document.pop("seed"), tuple(_event_of(raw) for raw in document.pop("events"))), document


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
