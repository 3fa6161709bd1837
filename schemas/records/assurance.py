"""How long ago a resource was checked, and whether it is offered. Takes records of any version, in any shape."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from schemas.records.formats import parse_date
from schemas.records.package_data import load
from schemas.records.values import Fields


class Freshness(StrEnum):
    """The codes of the list `freshness`, best first."""

    FRESH = "fresh"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class _Intervals:
    crisis_days: int
    phone_or_person_days: int
    other_days: int
    person_categories: frozenset[str]
    hidden_status: frozenset[str]


@cache
def _intervals() -> _Intervals:
    data = load("data", "freshness.json")
    return _Intervals(
        data["crisis_days"],
        data["phone_or_person_days"],
        data["other_days"],
        frozenset(data["person_categories"]),
        frozenset(data["hidden_status"]),
    )


def interval_days(resource: Fields) -> int:
    """Days after which the resource is to be checked again: its own interval, else by what it is."""
    own = resource.get("verify_interval_days")
    if isinstance(own, int) and own > 0:
        return own
    intervals = _intervals()
    if resource.get("is_crisis") is True:
        return intervals.crisis_days
    categories = resource.get("categories")
    person = isinstance(categories, list) and any(code in intervals.person_categories for code in categories)
    return intervals.phone_or_person_days if person or resource.get("phones") else intervals.other_days


def freshness(resource: Fields, today: date) -> Freshness:
    """Amber from one interval after the last check, red from two; red too if that day is unknown or to come."""
    assured = resource.get("assured_date")
    day = parse_date(assured) if isinstance(assured, str) else None
    # A day of slack, since the lead may live further east; a later one would keep an entry fresh for ever.
    if day is None or (age := (today - day).days) < -1:
        return Freshness.RED
    interval = interval_days(resource)
    if age >= 2 * interval:
        return Freshness.RED
    return Freshness.AMBER if age >= interval else Freshness.FRESH


def is_offered(resource: Fields) -> bool:
    """Whether the resource is shown by default: not if its status says that it is gone."""
    status = resource.get("status")
    return not (isinstance(status, str) and status in _intervals().hidden_status)
