"""Released tables for people: counts with their error, and sums, which are made from published cells alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal, TypeAlias

from schemas.period import first_day, last_day
from schemas.task import Task
from stats.accuracy import Ratio, deviation, half_width, mean, with_error
from stats.release import Release

Span: TypeAlias = Literal["month", "quarter", "year"]
_MONTHS: dict[Span, int] = {"month": 1, "quarter": 3, "year": 12}

WORSE = ("green", "yellow", "orange", "red")
"""The zones of the stress continuum: their means run from 1 to 4."""
LOW = frozenset({"orange", "red", "burned_out", "wellbeing_low", "wellbeing_very_low"})
"""What counts into the low share of wellbeing."""

GOOD = frozenset({"trained", "in_date"})
"""What counts into the good share of the workforce."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A count, the half-width of its 95 % interval and its standard deviation."""

    count: int
    error: int
    deviation: float

    def __str__(self) -> str:
        return with_error(self.count, self.error)


@dataclass(frozen=True)
class Table:
    """One release, or the months of a quarter or a year added up, cell by cell. `number`: of the span; a year's own.

    Made by `table` and `added`.
    """

    releases: tuple[Release, ...]
    span: Span
    number: int

    @property
    def task(self) -> Task:
        return self.releases[-1].task

    @cached_property
    def cells(self) -> tuple[int, ...]:
        return tuple(sum(cells) for cells in zip(*(release.cells for release in self.releases), strict=True))

    @property
    def scales(self) -> tuple[Fraction, ...]:
        """Of the noises in each cell."""
        return tuple(scale for release in self.releases for scale in release.scales)

    @property
    def reports(self) -> tuple[int, ...]:
        """Of each period: the same people report again, so they are not added up."""
        return tuple(release.reports for release in self.releases)

    def figure(self, *cells: int) -> Figure:
        """One cell, or a sum of distinct ones, which has the noise of each. Raises ValueError for one named twice."""
        if len(set(cells)) != len(cells):
            raise ValueError("a cell counts once in a sum")
        scales = self.scales * len(cells)
        return Figure(sum(self.cells[cell] for cell in cells), half_width(scales), deviation(scales))

    def along(self, axis: int, place: int) -> Figure:
        """The sum of the cells with the code at `place` of one axis, over the other one if there is another."""
        return self.figure(*(cell for cell in self._coded if self._places(cell)[axis] == place))

    def total(self) -> Figure:
        """All cells but "none"."""
        return self.figure(*self._coded)

    def mean_zone(self) -> Ratio | None:
        """From 1 (green) to 4 (red); None for other tables, and where too few checked in."""
        codes = self.task.axes[0].codes
        if not self.task.once or not set(codes) <= set(WORSE):
            return None
        return mean(self.cells, [WORSE.index(code) + 1 for code in codes], self.scales, self.reports[0])

    def low_share(self) -> Ratio | None:
        """Of those who checked in: in the orange or red zone, burned out, or at 50 or less; None as for `mean_zone`."""
        codes = self.task.axes[0].codes
        if not self.task.once or not LOW & set(codes):
            return None
        return mean(self.cells, [int(code in LOW) for code in codes], self.scales, self.reports[0])

    def good_share(self) -> Ratio | None:
        """Of those on record: trained, or in date; None as for `mean_zone`."""
        codes = self.task.axes[0].codes
        if not self.task.once or not GOOD & set(codes):
            return None
        return mean(self.cells, [int(code in GOOD) for code in codes], self.scales, self.reports[0])

    @property
    def _coded(self) -> range:
        return range(len(self.cells) - self.task.once)

    def _places(self, cell: int) -> tuple[int, ...]:
        codes = self.task.codes_of(cell)
        return tuple(axis.codes.index(code) for axis, code in zip(self.task.axes, codes, strict=True))


def table(release: Release) -> Table:
    """One release."""
    return Table((release,), release.task.period_kind, release.period)


def added(releases: Iterable[Release], span: Span, number: int) -> Table:
    """The releases of all periods of a quarter or a year, added up: nothing is asked of anybody again for it.

    Raises ValueError if a period is missing, twice or of another span, if they are not of one table, or if the table
    counts supporters: who is well in two quarters is not two people.
    """
    found = sorted(releases, key=lambda release: release.period)
    if not found:
        raise ValueError("nothing was released")
    tasks = [release.task for release in found]
    first = tasks[0]
    if any(_same(task) != _same(first) for task in tasks):
        raise ValueError("these are not periods of one table")
    if first.once:
        raise ValueError("people who are counted once a period cannot be added up over periods")
    each, whole = _MONTHS[first.period_kind], _MONTHS[span]
    if whole <= each or [release.period for release in found] != list(_within(number, whole, each)):
        raise ValueError(f"a {span} needs each of its periods once")
    return Table(tuple(found), span, number)


def days(shown: Table) -> tuple[str, str]:
    """The first and the last day, YYYY-MM-DD."""
    kind, periods = shown.task.period_kind, [release.period for release in shown.releases]
    return first_day(kind, min(periods)).isoformat(), last_day(kind, max(periods)).isoformat()


def _same(task: Task) -> tuple[object, ...]:
    return task.source, task.axes, task.unit, task.period_kind


def _within(number: int, whole: int, each: int) -> Sequence[int]:
    return range(number * whole // each, (number + 1) * whole // each)
