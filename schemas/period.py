"""Periods of statistics: calendar months and quarters, by number (docs/protocol/10-statistics.md, *Periods*)."""

from datetime import date, timedelta
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["month", "quarter"]
KINDS: tuple[Kind, ...] = ("month", "quarter")
_MONTHS = {"month": 1, "quarter": 3}
_FIRST = date(1970, 1, 1).toordinal()


def number_of(kind: Kind, day: date) -> int:
    """The period that a day belongs to: 12 * year + month - 1, or 4 * year + quarter - 1."""
    months = 12 * day.year + day.month - 1
    return months // _MONTHS[kind]


def first_day(kind: Kind, number: int) -> date:
    """Raises ValueError for a year that there is not."""
    year, month = divmod(number * _MONTHS[kind], 12)
    if not date.min.year <= year <= date.max.year:
        raise ValueError("there is no such year")
    return date(year, month + 1, 1)


def last_day(kind: Kind, number: int) -> date:
    """Raises ValueError for a year that there is not."""
    return first_day(kind, number + 1) - timedelta(days=1)


def months(kind: Kind, number: int) -> range:
    """The numbers of the months of a period: of one, or of three."""
    return range(number * _MONTHS[kind], (number + 1) * _MONTHS[kind])


def days_of(kind: Kind, number: int) -> range:
    """The days of a period, counted from 1970 as the roster counts them. Raises ValueError as `last_day`."""
    return range(first_day(kind, number).toordinal() - _FIRST, last_day(kind, number).toordinal() - _FIRST + 1)
