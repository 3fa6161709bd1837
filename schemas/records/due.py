"""When follow-ups, refreshers and supervision fall due, from what records and the programme's settings say.

Takes records in any shape: what does not read as a date or a number counts as left out.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from schemas.records.formats import parse_date
from schemas.records.package_data import load
from schemas.records.values import Fields


@dataclass(frozen=True, slots=True)
class _Requirement:
    """`half_hours`: 0 if any length will do."""

    course: str
    tier: int | None
    half_hours: int
    mode: str | None
    refresher_months: int | None


def follow_up_due(contact: Fields) -> date | None:
    """The day on which a contact's follow-up is due; None if it has none."""
    band, day = contact.get("followup_due"), _date(contact, "occurred_on")
    days = _data()["follow_up_days"].get(band) if isinstance(band, str) else None
    return day + timedelta(days=days) if day is not None and days is not None else None


def trained(trainings: Iterable[Fields], programme: Fields | None, day: date) -> str | None:
    """`trained` if all that the programme requires of one of its tiers was completed by `day`; `partly` if only some
    training was; None without any. Without requirements any training will do.
    """
    done = [each for each in trainings if _until(each, "completed", day)]
    if not done:
        return None
    required = _requirements(programme)
    tiers: set[int | None] = {one.tier for one in required if one.tier is not None} or {None}
    every = any(all(_met(one, done) for one in required if one.tier in (None, tier)) for tier in tiers)
    return "trained" if every else "partly"


def refresher_due(trainings: Iterable[Fields], programme: Fields | None, day: date) -> date | None:
    """When the next refresher is due, as the newest training by `day` that says so has it; None if none does.

    A training without `refresher_due` of its own falls due after the months that the programme requires of its course.
    """
    months = _months(programme)
    found = [pair for each in trainings if (pair := _refresher(each, months, day)) is not None]
    return max(found)[1] if found else None


def counts_without(training: Fields, others: Collection[Fields], programme: Fields | None) -> bool:
    """Whether nothing changes without a training: all that the programme requires of its course is met by `others`, and
    another one says when the next refresher is due.
    """
    course = training.get("course")
    required = [one for one in _requirements(programme) if one.course == course]
    own = _refresher(training, months := _months(programme), date.max)
    newer = own is None or any((pair := _refresher(each, months, date.max)) and pair > own for each in others)
    return newer and all(_met(one, others) for one in required)


def supervision_due(supervisions: Iterable[Fields], programme: Fields | None, day: date) -> date | None:
    """When the next supervision is due after the newest one by `day`; None if there was none.

    As that one says, else after the months that the programme says, else after three.
    """
    said = programme.get("supervision_months") if programme is not None else None
    months = said if type(said) is int and 0 < said < 1000 else int(_data()["supervision_months"])
    found = list[tuple[date, date]]()
    for each in supervisions:
        held = _until(each, "occurred_on", day)
        if held is not None:
            found.append((held, _date(each, "next_due") or add_months(held, months)))
    return max(found)[1] if found else None


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one: the 31st of January and one month is the end of February."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = load("data", "due.json")
    return data


def _requirements(programme: Fields | None) -> list[_Requirement]:
    entries = programme.get("training_requirements") if programme is not None else None
    found = list[_Requirement]()
    for entry in entries if isinstance(entries, list) else ():
        course = entry.get("course") if isinstance(entry, Mapping) else None
        if isinstance(course, str):
            mode, hours = entry.get("mode"), _whole(entry, "hours_half_steps")
            refresher = _whole(entry, "refresher_months")
            found.append(
                _Requirement(
                    course, _whole(entry, "tier"), hours or 0, mode if isinstance(mode, str) else None, refresher
                )
            )
    return found


def _months(programme: Fields | None) -> dict[str, int]:
    """Course -> months after which the programme wants it refreshed."""
    months: dict[str, int] = {}
    for one in _requirements(programme):
        if one.refresher_months is not None:
            months[one.course] = min(one.refresher_months, months.get(one.course, one.refresher_months))
    return months


def _refresher(training: Fields, months: Mapping[str, int], day: date) -> tuple[date, date] | None:
    """When a training by `day` was completed, and when it falls due again; None if it says nothing of that."""
    completed, due, course = (
        _until(training, "completed", day),
        _date(training, "refresher_due"),
        training.get("course"),
    )
    if completed is not None and due is None and isinstance(course, str) and course in months:
        due = add_months(completed, months[course])
    return None if completed is None or due is None else (completed, due)


def _met(required: _Requirement, done: Iterable[Fields]) -> bool:
    modes = (None, required.mode)
    of_course = [
        each
        for each in done
        if each.get("course") == required.course and (required.mode is None or each.get("mode") in modes)
    ]
    hours = [_whole(each, "hours_half_steps") for each in of_course]
    # Hours that nobody wrote down are not held against anybody.
    return bool(hours) and (None in hours or sum(each or 0 for each in hours) >= required.half_hours)


def _date(fields: Fields, name: str) -> date | None:
    value = fields.get(name)
    return parse_date(value) if isinstance(value, str) else None


def _until(fields: Fields, name: str, day: date) -> date | None:
    found = _date(fields, name)
    return found if found is not None and found <= day else None


def _whole(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return value if type(value) is int and 0 <= value < 1000 else None
