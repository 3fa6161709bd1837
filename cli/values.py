"""Field values in a person's words. Takes records of any version, in any shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.records import Fields, FieldSpec, again, label, record_types, sentence

SHORT_ID = 8


def short(identifier: bytes) -> str:
    """The beginning of an id, as tables show it and commands take it."""
    return identifier.hex()[:SHORT_ID]


@dataclass(frozen=True)
class Words:
    """A language, and the programme's own names for its tiers and phases."""

    lang: str
    programme: Fields | None = None

    def say(self, name: str, /, **values: object) -> str:
        """A sentence of the label files."""
        return sentence(self.lang, name, **values)

    def again(self, text: str) -> str:
        """What the phone said, in this language."""
        return again(self.lang, text)

    def only_here(self, number: int) -> str:
        """How much would be lost with this phone."""
        if not number:
            return self.say("all_on_server")
        return self.say("only_here", entries=self.entries(number))

    def entries(self, number: int) -> str:
        """`1 entry`, `2 entries`."""
        return self.say("entries_one") if number == 1 else self.say("entries", number=number)

    def columns(self, *names: str) -> list[str]:
        """Headings of a table."""
        return [self.code("column", name) if name else "" for name in names]

    def kind(self, record_type: str) -> str:
        return label(self.lang, "record_type", record_type)

    def field(self, record_type: str, name: str) -> str:
        return label(self.lang, f"field.{record_type}", name)

    def code(self, list_name: str, code: object) -> str:
        return label(self.lang, list_name, code) if isinstance(code, str) else str(code)

    def part(self, record_type: str, path: str, fields: Fields) -> str:
        """The field, or the part of a struct, at a dotted path; empty if it is not there."""
        name, _, inner = path.partition(".")
        value = fields.get(name)
        if not inner or not isinstance(value, Mapping):
            return self.value(record_type, name, value) if name in fields else ""
        known = record_types().get(record_type)
        spec = known.fields[name].fields.get(inner) if known and name in known.fields else None
        return self._value(f"field.{record_type}", path, spec, value[inner]) if inner in value else ""

    def value(self, record_type: str, name: str, value: object) -> str:
        """One field; its parts in the order of the record type."""
        known = record_types().get(record_type)
        spec = known.fields.get(name) if known else None
        return self._value(f"field.{record_type}", name, spec, value)

    def _value(self, labels: str, path: str, spec: FieldSpec | None, value: object) -> str:
        match value:
            case bytes():
                return short(value)
            case bool():
                return self.say("yes") if value else self.say("no")
            case str() if spec is not None and spec.codes:
                return self._own_name(spec, value) or label(self.lang, spec.codes, value)
            case int() | str():
                return self._own_name(spec, value) or str(value)
            case list():
                inner = spec.item if spec is not None and spec.item is not None else spec
                apart = "\n" if inner is not None and inner.fields else "; "
                return apart.join(self._value(labels, path, inner, each) for each in value)
            case Mapping() if spec is not None and spec.fields:
                names = [*(name for name in spec.fields if name in value), *(value.keys() - spec.fields.keys())]
                parts = [(f"{path}.{name}", spec.fields.get(name), value[name]) for name in names]
                return ", ".join(
                    f"{label(self.lang, labels, inside)}: {self._value(labels, inside, inner, each)}"
                    for inside, inner, each in parts
                )
        return json.dumps(plain(value), ensure_ascii=False)

    def _own_name(self, spec: FieldSpec | None, value: int | str) -> str | None:
        """The programme's name for a tier (by its place), a phase or a unit (by its code)."""
        entries = self.programme.get(spec.programme_list) if self.programme and spec and spec.programme_list else None
        if not isinstance(entries, list):
            return None
        for place, entry in enumerate(entries):
            if isinstance(entry, Mapping) and value in (place, entry.get("code")):
                name = entry.get("name")
                return name if isinstance(name, str) else None
        return None


def plain(value: object) -> Any:
    """`value` as JSON; bytes, such as the id of a resource, become hex as everywhere on the command line."""
    match value:
        case bytes():
            return value.hex()
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case bool() | int() | str():
            return value
    return str(value)
