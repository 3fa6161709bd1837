"""A released table, as a lead's phone keeps it: a record of type `release` in the space `leads`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from schemas.period import KINDS, first_day
from schemas.task import UNITS, Axis, Task

MOST_CELLS = 256
T = TypeVar("T")
_MOST = 2**53
_CODE = re.compile(r"[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Release:
    """A table of one period. `cells`: signed counts, noise included; `reports`: how many accounts were counted;
    `rejected`: how many reports were not; `released`: the day.

    Raises ValueError for what no release can be: below k, or cells that are not the task's.
    """

    task: Task
    period: int
    opening: bytes
    cells: tuple[int, ...]
    reports: int
    rejected: int
    released: date

    def __post_init__(self) -> None:
        if len(self.cells) != self.task.cells or not all(-_MOST < cell < _MOST for cell in self.cells):
            raise ValueError("other cells than the task has")
        if not self.task.k <= self.reports < _MOST or not 0 <= self.rejected < _MOST:
            raise ValueError("fewer reports than a release needs, or more than there can be")
        if len(self.opening) != 32:
            raise ValueError("an opening id has 32 bytes")
        first_day(self.task.period_kind, self.period)

    @property
    def record(self) -> bytes:
        """The id of its record, 16 bytes: the same on the phone of every lead who releases it again."""
        return self.opening[:16]

    @property
    def scales(self) -> tuple[Fraction, ...]:
        """Of the noises in each cell (`stats.accuracy`)."""
        return (self.task.scale,) * self.task.noises

    def to_fields(self) -> dict[str, Any]:
        """The fields of its record."""
        task = self.task
        return {
            "opening": self.opening,
            "source": task.source,
            "axes": [{"name": axis.name, "codes": list(axis.codes)} for axis in task.axes],
            "unit": task.unit,
            "bound": task.bound,
            "epsilon": task.epsilon,
            "k": task.k,
            "period_kind": task.period_kind,
            "shares": task.shares,
            "period": self.period,
            "cells": list(self.cells),
            "reports": self.reports,
            "rejected": self.rejected,
            "noises": task.noises,
            "released": self.released.isoformat(),
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Release":
        """Of the fields of a record, which another lead's phone may have written; fields of newer versions are ignored.

        Raises ValueError for what is no release.
        """
        axes = _list(fields, "axes")
        if not 1 <= len(axes) <= 2:
            raise ValueError("one axis or two")
        task = Task(
            source=_code(fields, "source"),
            axes=tuple(_axis(axis) for axis in axes),
            unit=_one_of(fields, "unit", UNITS),
            bound=_number(fields, "bound", 1, 255),
            epsilon=_number(fields, "epsilon", 1, 100),
            k=_number(fields, "k", 1, _MOST),
            period_kind=_one_of(fields, "period_kind", KINDS),
            shares=_number(fields, "shares", 2, 3),
        )
        if _number(fields, "noises", 1, 2) != task.noises:
            # The signed task says who adds noise: a record that says less would promise an error that is too small.
            raise ValueError("noise of fewer aggregators than the task has, or of more")
        cells = _list(fields, "cells")
        if len(cells) > MOST_CELLS:
            raise ValueError("more cells than a table may have")
        opening, released = fields.get("opening"), fields.get("released")
        if not isinstance(opening, bytes) or not isinstance(released, str):
            raise ValueError("opening or day missing")
        return cls(
            task=task,
            period=_number(fields, "period", 0, 12 * 9999),
            opening=opening,
            cells=tuple(_whole(cell, -_MOST, _MOST) for cell in cells),
            reports=_number(fields, "reports", 0, _MOST),
            rejected=_number(fields, "rejected", 0, _MOST),
            released=date.fromisoformat(released),
        )


def _axis(value: object) -> Axis:
    if not isinstance(value, Mapping):
        raise ValueError("an axis has a name and codes")
    codes = tuple(_text(code) for code in _list(value, "codes"))
    if not 1 <= len(codes) <= MOST_CELLS or len(set(codes)) != len(codes):
        raise ValueError("codes missing, or twice")
    return Axis(_code(value, "name"), codes)


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return value


def _number(fields: Mapping[str, Any], name: str, least: int, most: int) -> int:
    return _whole(fields.get(name), least, most)


def _whole(value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError("a whole number is missing, or out of bounds")
    return value


def _code(fields: Mapping[str, Any], name: str) -> str:
    return _text(fields.get(name))


def _text(value: object) -> str:
    # It is printed on terminals and into files that spreadsheets open.
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError("a code is missing, or is none")
    return value


def _one_of(fields: Mapping[str, Any], name: str, allowed: tuple[T, ...]) -> T:
    value = fields.get(name)
    for choice in allowed:
        if value == choice:
            return choice
    raise ValueError(f"no such {name}")
