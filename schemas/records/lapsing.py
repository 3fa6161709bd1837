"""Until when what a supporter noted says something, by which it is kept or goes (docs/protocol/5-sealed.md).

Takes records in any shape: one without a readable day neither lapses nor takes the place of another.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from typing import TypeAlias, TypeVar

from schemas.records.due import counts_without
from schemas.records.formats import parse_date
from schemas.records.values import Fields

Key = TypeVar("Key", bound=Hashable)

_Replaces: TypeAlias = Callable[[Fields, Fields], bool]

_LASTS_UNTIL = {
    "contact": "occurred_on",
    "failed_call": "occurred_on",
    "reported_number": "occurred_on",
    "check_in": "occurred_on",
    "presence_shift": "occurred_on",
    "supervision": "occurred_on",
    "training": "completed",
    "plan": "occurred_on",
    "availability": "last_on",
}
LAPSING = tuple(_LASTS_UNTIL)
"""The types that lapse; every other one is kept until somebody deletes it."""


def lapsed(
    kind: str, entries: Mapping[Key, Fields], programme: Fields | None, since: date, until: date
) -> frozenset[Key]:
    """Those of `entries`, all records of one type, whose last day lies before `until`, and not before `since`.

    The last day of a contact, a check-in, a shift and a call that failed, for its owner or for somebody else, is its
    own; that of an on-call time is `last_on`, and without one it has none. Of what goes on until something comes in its
    place it is the day of that: of a supervision a later one; of a plan a later one that anticipates all that it does;
    of a training a later one of the same course, once what the programme requires is met, and the next refresher is
    known, without it. So nothing that the phone still reckons with lapses; before the programme's settings are here, no
    training does.
    """
    dated = {key: day for key, fields in entries.items() if (day := _day(kind, fields)) is not None and day < until}
    found = {key for key, day in dated.items() if since <= day}
    if kind == "training":
        return frozenset(_trainings(entries, dated, found, programme))
    replaces = _REPLACES.get(kind)
    if replaces is None:
        return frozenset(found)
    return frozenset(
        key
        for key in found
        if any(dated[key] < day and replaces(entries[other], entries[key]) for other, day in dated.items())
    )


def _trainings(
    entries: Mapping[Key, Fields], dated: Mapping[Key, date], candidates: set[Key], programme: Fields | None
) -> set[Key]:
    if programme is None:
        return set()
    standing, gone = {key: entries[key] for key in dated}, set[Key]()
    for key in sorted(candidates, key=lambda one: (dated[one], str(one))):
        course = entries[key].get("course")
        later = any(dated[key] < dated[other] and fields.get("course") == course for other, fields in standing.items())
        if later and counts_without(entries[key], [each for one, each in standing.items() if one != key], programme):
            del standing[key]
            gone.add(key)
    return gone


def _anticipates(later: Fields, earlier: Fields) -> bool:
    reasons, others = later.get("anticipate"), earlier.get("anticipate")
    return isinstance(reasons, list) and isinstance(others, list) and all(each in reasons for each in others)


_REPLACES: Mapping[str, _Replaces] = {"supervision": lambda _later, _earlier: True, "plan": _anticipates}


def _day(kind: str, fields: Fields) -> date | None:
    name = _LASTS_UNTIL.get(kind)
    value = fields.get(name) if name is not None else None
    return parse_date(value) if isinstance(value, str) else None
