"""Tables that are ready to be counted, read from `ready.json`, and which of them a programme takes when.

They fill the reports of programmes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.period import Kind
from schemas.records.package_data import load
from schemas.records.presets import statistics
from schemas.tables.sources import axes_of
from schemas.task import ONCE, Axis, Task

BOUND, LARGE_BOUND = 60, 20
EPSILON = 100
FEWEST = 8
A_PERIOD = 3
"""Activity tables whose periods share a day."""


@dataclass(frozen=True, slots=True)
class Ready:
    """`large`: for programmes of 500 supporters or more; it hides all that one supporter did."""

    name: str
    title: str
    source: str
    axes: tuple[str, ...]
    large: bool

    def task(self, period_kind: Kind, shares: int) -> Task:
        """With all codes of its axes. A large table, and one of supporters, is for quarters whatever `period_kind`."""
        codes, once = axes_of(self.source), self.source in ONCE
        return Task(
            source=self.source,
            axes=tuple(Axis(axis, codes[axis]) for axis in self.axes),
            unit="supporter" if self.large or once else "contact",
            bound=1 if once else LARGE_BOUND if self.large else BOUND,
            epsilon=EPSILON,
            k=FEWEST,
            period_kind="quarter" if self.large or once else period_kind,
            shares=shares,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a programme counts. Names of ready tables, the weightiest first; `period_kind`: of `activity`.

    The first one of `activity` is counted in every period, so that a year of it can be added up. `wellbeing` is counted
    in the first and third quarter of a year, `workforce` in the others: one table a quarter is all that the budget has.
    """

    period_kind: Kind
    activity: tuple[str, ...]
    wellbeing: tuple[str, ...]
    workforce: tuple[str, ...]
    large: tuple[str, ...]

    def tables(self, kind: Kind, number: int, *, large: bool) -> tuple[str, ...]:
        """What to open for this period.

        `large`: whether the programme had 500 supporters or more on the first day of the quarter: to change within a
        quarter would spend more than the budget allows.
        """
        large = large and bool(self.large)
        chosen = list[str]()
        if kind == self.period_kind and self.activity:
            first, *others = self.activity
            chosen += [first, *_turn(others, A_PERIOD - 1 - large, number)]
        if kind == "quarter":
            chosen += _turn(self.large, 1, number) if large else ()
            chosen += self._of_supporters(number)
        return tuple(chosen)

    def _of_supporters(self, quarter: int) -> tuple[str, ...]:
        if not self.wellbeing or not self.workforce:
            return _turn(self.wellbeing or self.workforce, 1, quarter)
        half_year, second = divmod(quarter, 2)
        return _turn(self.workforce if second else self.wellbeing, 1, half_year)


@cache
def ready() -> Mapping[str, Ready]:
    """Every ready table by name."""
    tables: dict[str, Any] = load("ready.json", package=__package__)["tables"]
    return MappingProxyType(
        {
            name: Ready(name, entry["title"], entry["source"], tuple(entry["axes"]), entry.get("large", False))
            for name, entry in tables.items()
        }
    )


def plan(preset: str) -> Plan:
    """What the preset proposes. Raises RecordError unknown-code."""
    proposed = statistics(preset)
    return Plan(
        period_kind=proposed["period_kind"],
        activity=tuple(proposed["activity"]),
        wellbeing=tuple(proposed["wellbeing"]),
        workforce=tuple(proposed["workforce"]),
        large=tuple(proposed["large"]),
    )


def _turn(names: Sequence[str], count: int, number: int) -> tuple[str, ...]:
    """The next `count` of `names` in turn; all of them come equally often."""
    if len(names) <= count:
        return tuple(names)
    return tuple(names[(number * count + place) % len(names)] for place in range(count))
