"""Record types, read from `data/types/*.json`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.records.errors import RecordError
from schemas.records.package_data import load, names


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """What one field may hold.

    `kind` is text, url, email, phone, language, date, time, timezone, bool, int, bytes, index (into a list of the
    programme), code, codes (distinct), own_code (coined by the programme), answers (item id -> int), list (of
    `item`) or struct (of `fields`). `min` and `max` bound integers and lengths of text (characters) and bytes.
    """

    name: str
    kind: str
    codes: str | None = None
    programme_list: str | None = None
    always: tuple[str, ...] = ()
    required: bool = False
    quick: bool = False
    group_only: bool = False
    default: str | None = None
    min: int = 0
    max: int = 0
    min_items: int = 0
    max_items: int = 0
    max_days_back: int | None = None
    max_days_ahead: int | None = None
    unique_by: str | None = None
    distinct_from: str | None = None
    exactly_one_of: tuple[str, ...] = ()
    item: "FieldSpec | None" = None
    fields: "Mapping[str, FieldSpec]" = field(default_factory=lambda: MappingProxyType({}))

    def paths(self, prefix: str = "") -> Iterator[str]:
        """The dotted names of this field and of everything inside it, without list positions."""
        path = f"{prefix}{self.name}"
        yield path
        inner = self.item.fields if self.item else self.fields
        for spec in inner.values():
            yield from spec.paths(f"{path}.")


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type: its schema version, the space it lives in and its fields.

    A `reserved` type is written by the engine alone: people neither write nor export it. A `fixed` one is never edited:
    what its fields say belongs together.
    """

    name: str
    version: int
    space: str
    reserved: bool
    fixed: bool
    group_kinds: tuple[str, ...]
    rules: tuple[str, ...]
    fields: Mapping[str, FieldSpec]

    @property
    def quick_fields(self) -> tuple[str, ...]:
        """The taps of the quick log, in order."""
        return tuple(name for name, spec in self.fields.items() if spec.quick)


def _spec(name: str, entry: dict[str, Any]) -> FieldSpec:
    nested: dict[str, Any] = {key: tuple(entry[key]) for key in ("always", "exactly_one_of") if key in entry}
    if "item" in entry:
        nested["item"] = _spec(name, entry["item"])
    if "fields" in entry:
        nested["fields"] = _specs(entry["fields"])
    return FieldSpec(name=name, **{**entry, **nested})


def _specs(entries: dict[str, dict[str, Any]]) -> Mapping[str, FieldSpec]:
    return MappingProxyType({name: _spec(name, entry) for name, entry in entries.items()})


@cache
def record_types() -> Mapping[str, RecordType]:
    """Every record type by name, the reserved ones included."""
    types = {}
    for name in names("data", "types"):
        entry = load("data", "types", f"{name}.json")
        types[name] = RecordType(
            name=entry["type"],
            version=entry["version"],
            space=entry["space"],
            reserved=entry.get("reserved", False),
            fixed=entry.get("fixed", False),
            group_kinds=tuple(entry.get("group_kinds", ())),
            rules=tuple(entry.get("rules", ())),
            fields=_specs(entry["fields"]),
        )
    return MappingProxyType(types)


def record_type(name: str) -> RecordType:
    """The record type `name`. Raises RecordError unknown-type."""
    try:
        return record_types()[name]
    except KeyError:
        message = f"there is no record type {name!r}; choose one of {', '.join(record_types())}"
        raise RecordError("unknown-type", "", message) from None


def writable_type(name: str) -> RecordType:
    """The record type `name`, if people may write and export it.

    Raises RecordError unknown-type, reserved-type.
    """
    found = record_type(name)
    if found.reserved:
        raise RecordError("reserved-type", "", f"{name} is kept by the app alone: choose another type")
    return found
