"""Programme presets: how known programmes are set up and what they log in a month, as data a lead starts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.records.errors import RecordError
from schemas.records.instruments import score
from schemas.records.package_data import load, names
from schemas.records.values import Value


@dataclass(frozen=True, slots=True)
class MonthEntry:
    """What is logged `count` times in a typical month, without a date.

    `invented`: the fields of which no publication says anything, "count" among them.
    """

    type: str
    count: int
    fields: Mapping[str, Value]
    invented: frozenset[str]


def preset_names() -> tuple[str, ...]:
    """The presets shipped, sorted."""
    return names("presets")


def preset(name: str) -> dict[str, Value]:
    """The fields of a `programme` record for the preset `name`. Raises RecordError unknown-code."""
    fields: dict[str, Value] = _pack(name)["programme"]
    return fields


def about(name: str) -> str:
    """The programme in one line. Raises RecordError unknown-code."""
    line: str = _pack(name)["about"]
    return line


def typical_month(name: str) -> tuple[MonthEntry, ...]:
    """What a programme of this kind logs in a month, check-ins scored. Raises RecordError unknown-code."""
    return tuple(
        MonthEntry(each["type"], each["count"], _fields(each["type"], each["fields"]), frozenset(each["invented"]))
        for each in _pack(name)["typical_month"]["records"]
    )


def published(name: str) -> tuple[str, ...]:
    """What is known of the programme, and its typical month made after. Raises RecordError unknown-code."""
    return tuple(_pack(name)["typical_month"]["published"])


def source(name: str) -> str:
    """Where the preset's set-up is published. Raises RecordError unknown-code."""
    cited: str = _pack(name)["source"]
    return cited


def statistics(name: str) -> dict[str, Any]:
    """The tables that suit the programme, for `schemas.tables.ready`. Raises RecordError unknown-code."""
    proposed: dict[str, Any] = _pack(name)["statistics"]
    return proposed


def _fields(kind: str, fields: dict[str, Any]) -> dict[str, Value]:
    return score(fields["instrument"], fields["answers"]) if kind == "check_in" else fields


def _pack(name: str) -> dict[str, Any]:
    if name not in preset_names():
        choices = ", ".join(preset_names())
        raise RecordError("unknown-code", "preset", f"there is no preset {name!r}; choose one of {choices}")
    pack: dict[str, Any] = load("presets", f"{name}.json")
    return pack
