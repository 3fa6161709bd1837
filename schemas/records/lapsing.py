"""Until when what a supporter noted says something, by which it is kept or goes (docs/protocol/5-sealed.md).

Takes records in any shape: one without a readable day neither lapses nor takes the place of another.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import TypeAlias, TypeVar

from schemas.records.due import counts_without, follow_up_due
from schemas.records.formats import parse_date
from schemas.records.values import Fields

Key = TypeVar("Key", bound=Hashable)
Readings: TypeAlias = Sequence[Fields]
"""What an entry says: in one way, or in several where fields are in conflict, that of every choice among them."""

_Replaces: TypeAlias = Callable[[Fields, Fields], bool]

LAPSING: Mapping[str, tuple[str, ...]] = {
    "contact": ("occurred_on", "followup_due"),
    "failed_call": ("occurred_on",),
    "reported_number": ("occurred_on",),
    "check_in": ("occurred_on",),
    "presence_shift": ("occurred_on",),
    "supervision": ("occurred_on",),
    "training": ("completed", "course", "hours_half_steps", "mode", "refresher_due"),
    "plan": ("occurred_on", "anticipate"),
    "availability": ("last_on",),
}
"""The types that lapse, every other one is kept until somebody deletes it; with the fields by which they do, that of
the day first.
"""


def lapsed(
    kind: str, entries: Mapping[Key, Readings], programme: Fields | None, since: date, until: date, today: date
) -> frozenset[Key]:
    """Those of `entries`, all records of one type, whose last day lies before `until`, and not before `since`.

    The last day of a contact, a call that failed, a check-in and a shift is its own; that of an on-call time is
    `last_on`, and without one it has none. Of what goes on until something comes in its place it is the day of that: of
    a supervision a later one; of a plan a later one that anticipates all that it does; of a training a later one of the
    same course, once what the programme requires is met, and the next refresher is known, without it. A contact stays
    also as long as its follow-up is due `today` or later. So nothing that the phone still reckons with lapses; before
    the programme's settings are here, no training does.

    What is in conflict lapses by the latest of its days, and takes the place of another only if it does so by all of
    them, and in every reading. A training in conflict does neither.
    """
    dated = {key: days for key, readings in entries.items() if (days := _days(kind, readings)) and max(days) < until}
    found = {key for key, days in dated.items() if since <= min(days)}
    if kind == "contact":
        return frozenset(key for key in found if not any(_awaited(each, today) for each in entries[key]))
    if kind == "training":
        return frozenset(_trainings(entries, dated, found, programme))
    replaces = _REPLACES.get(kind)
    if replaces is None:
        return frozenset(found)
    return frozenset(
        key
        for key in found
        if any(
            max(dated[key]) < min(days)
            and all(replaces(later, earlier) for later, earlier in product(entries[other], entries[key]))
            for other, days in dated.items()
        )
    )


def _trainings(
    entries: Mapping[Key, Readings],
    dated: Mapping[Key, Collection[date]],
    candidates: set[Key],
    programme: Fields | None,
) -> set[Key]:
    if programme is None:
        return set()
    sole = {key: next(iter(days)) for key, days in dated.items() if len(entries[key]) == 1}
    standing, gone = {key: entries[key][0] for key in sole}, set[Key]()
    for key in sorted(candidates & sole.keys(), key=lambda one: (sole[one], str(one))):
        course, training = standing[key].get("course"), standing[key]
        later = any(sole[key] < sole[other] and fields.get("course") == course for other, fields in standing.items())
        if later and counts_without(training, [each for one, each in standing.items() if one != key], programme):
            del standing[key]
            gone.add(key)
    return gone


def _awaited(contact: Fields, today: date) -> bool:
    due = follow_up_due(contact)
    return due is not None and today <= due


def _anticipates(later: Fields, earlier: Fields) -> bool:
    reasons, others = later.get("anticipate"), earlier.get("anticipate")
    return isinstance(reasons, list) and isinstance(others, list) and all(each in reasons for each in others)


_REPLACES: Mapping[str, _Replaces] = {"supervision": lambda _later, _earlier: True, "plan": _anticipates}


def _days(kind: str, readings: Readings) -> Collection[date]:
    """The days that an entry may be of; none unless each reading has one."""
    names = LAPSING.get(kind)
    days = {_day(fields.get(names[0])) for fields in readings} if names is not None else set()
    return {day for day in days if day is not None} if None not in days else set()


def _day(value: object) -> date | None:
    return parse_date(value) if isinstance(value, str) else None
