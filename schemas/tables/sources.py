"""What can be counted: sources, their axes and the codes of these, read from `sources.json`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.records.codes import code_list
from schemas.records.package_data import load


@dataclass(frozen=True, slots=True)
class SourceAxis:
    """A field that a source can be counted by, and all its codes, ascending.

    `field`: path within the record. `missing`: the code that stands for a field left out; `other`: for a code that a
    table has no cell for; None: such a record is not counted. `instrument`: of check-ins. `labels`: the list in which
    the codes have their labels; "" for tiers, which the programme names.
    """

    name: str
    field: tuple[str, ...]
    codes: tuple[str, ...]
    missing: str | None
    other: str | None
    instrument: str | None
    labels: str


@cache
def sources() -> Mapping[str, Mapping[str, SourceAxis]]:
    """Source -> axis -> what it is."""
    return MappingProxyType(
        {
            source: MappingProxyType({name: _axis(name, entry) for name, entry in axes.items()})
            for source, axes in _data()["sources"].items()
        }
    )


def axes_of(source: str) -> Mapping[str, tuple[str, ...]]:
    """Axis -> all its codes, ascending; empty for a source that there is not."""
    return {name: axis.codes for name, axis in sources().get(source, {}).items()}


@cache
def half_hours() -> Mapping[str, int]:
    """Duration band -> the half hours nearest to its middle; three for the open one."""
    return MappingProxyType(_data()["half_hours"])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = load("sources.json", package=__package__)
    return data


def _axis(name: str, entry: dict[str, Any]) -> SourceAxis:
    codes = entry.get("codes", name)
    return SourceAxis(
        name=name,
        field=tuple(entry.get("field", name).split(".")),
        codes=tuple(sorted(code_list(codes).codes if isinstance(codes, str) else codes)),
        missing=entry.get("missing"),
        other=entry.get("other"),
        instrument=entry.get("instrument"),
        labels=entry.get("labels", codes if isinstance(codes, str) else ""),
    )
