"""What a table of statistics counts (docs/protocol/10-statistics.md, *Tasks*): the same for phones and for servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, Literal, Self, TypeAlias

from schemas.period import Kind

Unit: TypeAlias = Literal["contact", "supporter"]
UNITS: tuple[Unit, ...] = ("contact", "supporter")
REACH = {"hours": 3}
"""The most that one contact can add to all cells together, in half hours; of every other source it is 1."""
ONCE = frozenset({"workforce", "wellbeing"})
"""Sources that count a supporter once, in one cell; the others count what supporters did."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A field of the source, and the codes of it that have cells, ascending."""

    name: str
    codes: tuple[str, ...]

    def as_array(self) -> list[Any]:
        return [self.name, list(self.codes)]


@dataclass(frozen=True, slots=True)
class Task:
    """A table. `bound`: the most that a supporter can add; `epsilon`: of a release, in hundredths; `k`: the fewest
    accounts of a release; `shares`: 2, or 3 with an aggregator who is no lead.
    """

    source: str
    axes: tuple[Axis, ...]
    unit: Unit
    bound: int
    epsilon: int
    k: int
    period_kind: Kind
    shares: int

    def as_array(self) -> list[Any]:
        return [
            self.source,
            [axis.as_array() for axis in self.axes],
            self.unit,
            self.bound,
            self.epsilon,
            self.k,
            self.period_kind,
            self.shares,
        ]

    @classmethod
    def of_array(cls, value: Sequence[Any]) -> Self:
        """The task of an array with the shape of the one that `as_array` gives."""
        source, axes, *rest = value
        return cls(source, tuple(Axis(name, tuple(codes)) for name, codes in axes), *rest)

    @property
    def once(self) -> bool:
        """Whether a supporter is in exactly one cell: the last one is "none"."""
        return self.source in ONCE

    @property
    def cells(self) -> int:
        """The product of the axes' codes; one more, "none", if every supporter is counted once."""
        return prod(len(axis.codes) for axis in self.axes) + self.once

    @property
    def reach(self) -> int:
        return REACH.get(self.source, 1)

    @property
    def scale(self) -> Fraction:
        """Of the discrete Laplace noise in each cell: what replacing one unit can change, over epsilon."""
        change = 2 if self.once else 2 * (self.bound if self.unit == "supporter" else self.reach)
        return Fraction(100 * change, self.epsilon)

    @property
    def noises(self) -> int:
        """How many aggregators add noise to each cell: the server, and of three shares the second aggregator."""
        return self.shares - 1

    def cell(self, codes: Sequence[str]) -> int | None:
        """The cell of one code an axis, in their order, the last axis fastest; None if a code has no cell.

        Raises ValueError if there is not one code for each axis.
        """
        place = 0
        for axis, code in zip(self.axes, codes, strict=True):
            if code not in axis.codes:
                return None
            place = place * len(axis.codes) + axis.codes.index(code)
        return place

    def codes_of(self, cell: int) -> tuple[str, ...]:
        """The codes of a cell; empty for "none"."""
        if self.once and cell == self.cells - 1:
            return ()
        found = []
        for axis in reversed(self.axes):
            cell, place = divmod(cell, len(axis.codes))
            found.append(axis.codes[place])
        return tuple(reversed(found))
