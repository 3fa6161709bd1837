"""What a programme's supporters will do, drawn from the published totals and the invented weights.

Pure: the same seed makes the same plan. Days count from 0, on which everyone joins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from schemas.records import record_type

Weights: TypeAlias = Mapping[str, int]

QUICK_LOGS = 0.4
"""Share of contacts that are logged with five taps and completed some days later."""
MENDED = 0.15
DOUBLED = 0.08
"""Share of contacts that are logged once too often, and the second one deleted."""
ON_SECOND_PHONE = 0.4
JOINING, LAST_LOG = 0, 5
"""Nothing is logged on the first day; nothing is begun in the last days, so that all that follows has its day."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much happens: `linked` supporters link a second phone, `lost` others lose theirs, within `days`.

    `buddies`: people of a second, small programme on the same server.
    """

    supporters: int
    linked: int
    lost: int
    days: int
    one_to_one: int
    group: int
    buddies: int = 40


@dataclass(frozen=True, slots=True)
class Log:
    """A contact `days_back` ago. `slot`: 0 for the first phone (or the one that replaced it), 1 for the second."""

    key: int
    supporter: int
    slot: int
    fields: Mapping[str, Any]
    days_back: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    key: int
    supporter: int
    slot: int
    instrument: str
    answers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Complete:
    """Fill in what the quick log left out."""

    key: int
    supporter: int
    slot: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    key: int
    supporter: int
    slot: int
    fields: Mapping[str, Any]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    key: int
    supporter: int
    slot: int


Action: TypeAlias = Log | CheckIn | Complete | Edit | Delete


@dataclass(slots=True)
class Day:
    """`actions` happen offline; then these phones (supporter, slot) sync; then `links`, `clashes` and `losses`."""

    actions: list[Action] = field(default_factory=list)
    syncs: list[tuple[int, int]] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    clashes: list[int] = field(default_factory=list)
    losses: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    scale: Scale
    days: list[Day]

    def actions(self) -> list[Action]:
        return [action for day in self.days for action in day.actions]


def draw_plan(scale: Scale, activity: Mapping[str, Any], random: Random) -> Plan:
    """`activity`: demo/data/activity.json. Raises ValueError if the scale does not fit together."""
    if scale.linked + scale.lost > scale.supporters or scale.days < 14:
        raise ValueError("who links a phone does not lose one, and all of it takes two weeks")
    drawing = _Drawing(scale, activity, random)
    drawing.draw_phones()
    for kind, count in (("one_to_one", scale.one_to_one), ("group", scale.group)):
        for _ in range(count):
            drawing.draw_contact(kind)
    drawing.draw_check_ins()
    return Plan(scale, drawing.days)


def draw_code(random: Random, weights: Weights) -> str:
    """One of the codes, by their weights."""
    return random.choices(list(weights), list(weights.values()))[0]


class _Drawing:
    def __init__(self, scale: Scale, activity: Mapping[str, Any], random: Random) -> None:
        self.scale = scale
        self.activity = activity
        self.random = random
        self.days = [Day() for _ in range(scale.days)]
        self.linked_on: dict[int, int] = {}
        # Some supporters are asked far more often than others.
        self.busyness = [random.randint(1, 6) for _ in range(scale.supporters)]
        self.keys = 0

    def draw_phones(self) -> None:
        third = self.scale.days // 3
        people = self.random.sample(range(self.scale.supporters), self.scale.linked + self.scale.lost)
        for supporter in people[: self.scale.linked]:
            day = self.random.randrange(1, third)
            self.linked_on[supporter] = day
            self.days[day].links.append(supporter)
            self.days[self.random.randrange(2 * third, self.scale.days)].clashes.append(supporter)
        for supporter in people[self.scale.linked :]:
            self.days[self.random.randrange(third, 2 * third)].losses.append(supporter)
        for supporter in range(self.scale.supporters):
            self._draw_syncs(supporter, 0, JOINING)
            if supporter in self.linked_on:
                self._draw_syncs(supporter, 1, self.linked_on[supporter])

    def _draw_syncs(self, supporter: int, slot: int, after: int) -> None:
        day = after + self.random.randint(1, 7)
        while day < self.scale.days:
            self.days[day].syncs.append((supporter, slot))
            day += self.random.randint(5, 12)

    def draw_contact(self, kind: str) -> None:
        supporter = self.random.choices(range(self.scale.supporters), self.busyness)[0]
        day = self.random.randrange(JOINING + 1, self.scale.days - LAST_LOG)
        fields = draw_fields(kind, self.activity[kind], self.random)
        self._log(supporter, day, fields, mistaken=False)
        if self.random.random() < DOUBLED:
            self._log(supporter, day, fields, mistaken=True)

    def _log(self, supporter: int, day: int, fields: Mapping[str, Any], *, mistaken: bool) -> None:
        key, slot, back = self._key(), self._slot(supporter, day), self.random.randint(0, 3)
        later = day + self.random.randint(0, LAST_LOG - 1)
        quick = record_type("contact").quick_fields
        if mistaken:
            self.days[day].actions.append(Log(key, supporter, slot, fields, back))
            self.days[later].actions.append(Delete(key, supporter, slot))
            return
        taps = {name: value for name, value in fields.items() if name in quick}
        is_quick = self.random.random() < QUICK_LOGS
        self.days[day].actions.append(Log(key, supporter, slot, taps if is_quick else fields, back))
        if is_quick:
            rest = {name: value for name, value in fields.items() if name not in quick}
            self.days[later].actions.append(Complete(key, supporter, slot, rest))
        if self.random.random() < MENDED:
            mended = {"disposition": draw_code(self.random, self.activity["one_to_one"]["disposition"])}
            gone = ("shift_band",) if self.random.random() < 0.5 else ()
            self.days[later].actions.append(Edit(key, supporter, slot, mended, gone))

    def draw_check_ins(self) -> None:
        """The zone once a week, burnout once in all."""
        for supporter in range(self.scale.supporters):
            for week in range(self.scale.days // 7):
                self._check_in(supporter, self._within(week), "stress_continuum")
            self._check_in(supporter, self._within(0), "burnout_single_item")

    def _within(self, week: int) -> int:
        return min(7 * week + self.random.randint(1, 7), self.scale.days - 1)

    def _check_in(self, supporter: int, day: int, instrument: str) -> None:
        items = self.activity["check_in"][instrument]
        answers = {item: int(draw_code(self.random, weights)) for item, weights in items.items()}
        slot = self._slot(supporter, day)
        self.days[day].actions.append(CheckIn(self._key(), supporter, slot, instrument, answers))

    def _slot(self, supporter: int, day: int) -> int:
        is_linked = day > self.linked_on.get(supporter, self.scale.days)
        return int(is_linked and self.random.random() < ON_SECOND_PHONE)

    def _key(self) -> int:
        self.keys += 1
        return self.keys


def draw_fields(kind: str, weights: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Fields of a contact without its date, by the weights of its kind."""
    fields: dict[str, Any] = {
        name: draw_code(random, codes) for name, codes in weights.items() if "." not in name and name != "tier"
    }
    fields |= {"contact_kind": kind, "tier": int(draw_code(random, weights["tier"]))}
    primary = draw_code(random, weights["reasons.primary"])
    others = _distinct(random, weights["reasons.others"], int(draw_code(random, weights["reasons.others.count"])))
    fields["reasons"] = {"primary": primary, "others": [code for code in others if code != primary]}
    if "facilitators.count" in weights:
        count = int(draw_code(random, weights["facilitators.count"]))
        kinds = _distinct(random, weights["facilitators.kinds"], min(count, len(weights["facilitators.kinds"])))
        fields["facilitators"] = {"count": count, "kinds": kinds}
    if "referrals.share" in weights and draw_code(random, weights["referrals.share"]) == "yes":
        category = draw_code(random, weights["referrals.category"])
        method = draw_code(random, weights["referrals.method"])
        fields["referrals"] = [{"category": category, "method": method, "outcome": "unknown"}]
    return fields


def _distinct(random: Random, weights: Weights, count: int) -> list[str]:
    left = dict(weights)
    drawn = []
    for _ in range(count):
        code = draw_code(random, left)
        del left[code]
        drawn.append(code)
    return drawn
