"""Programme presets: how known programmes are set up, as data a lead starts from."""

from typing import Any

from schemas.records.errors import RecordError
from schemas.records.package_data import load, names
from schemas.records.values import Value


def preset_names() -> tuple[str, ...]:
    """The presets shipped, sorted."""
    return names("presets")


def preset(name: str) -> dict[str, Value]:
    """The fields of a `programme` record for the preset `name`. Raises RecordError unknown-code."""
    fields: dict[str, Value] = _pack(name)["programme"]
    return fields


def typical_contacts(name: str) -> list[dict[str, Value]]:
    """Contacts such as this programme logs, without a date. Raises RecordError unknown-code."""
    contacts: list[dict[str, Value]] = _pack(name)["typical_contacts"]
    return contacts


def source(name: str) -> str:
    """Where the preset's set-up is published. Raises RecordError unknown-code."""
    cited: str = _pack(name)["source"]
    return cited


def statistics(name: str) -> dict[str, Any]:
    """The tables that suit the programme, for `schemas.tables.ready`. Raises RecordError unknown-code."""
    proposed: dict[str, Any] = _pack(name)["statistics"]
    return proposed


def _pack(name: str) -> dict[str, Any]:
    if name not in preset_names():
        choices = ", ".join(preset_names())
        raise RecordError("unknown-code", "preset", f"there is no preset {name!r}; choose one of {choices}")
    pack: dict[str, Any] = load("presets", f"{name}.json")
    return pack
