"""The run's tag in everything that is written, and the list of what no server may ever see."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crypto.public.randomness import Randomness
from demo.scan import Marker
from schemas.records import FieldSpec, code_lists, record_type

TAG_SIZE = 16
SHORTEST_TEXT = 10
"""Characters. Shorter ones would stand in any traffic by chance."""
MARKED = ("text", "url")
READ = ("text", "url", "email", "phone")

UNKNOWN_CODE_IN = {"contact": "response_band", "check_in": "mood", "resource": "waiting_time", "programme": "season"}
"""Where a newer version writes a code unknown to this one: in a field we know, and in fields we do not."""


class Tag:
    """16 random bytes, as 32 hexadecimal digits so that they survive as text and as a code."""

    def __init__(self, randomness: Randomness) -> None:
        self.raw = randomness(TAG_SIZE)
        self.text = self.raw.hex()

    @property
    def code(self) -> str:
        """A code that no list holds."""
        return f"newer_{self.text}"

    def on(self, text: str, most: int = 240) -> str:
        """`text` with the tag at its end, cut to `most` characters."""
        return f"{text[: most - len(self.text) - 1].rstrip()} {self.text}"

    def marked(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a record of type `kind`, with the tag in every text."""
        return {name: self._value(record_type(kind).fields[name], value) for name, value in fields.items()}

    def _value(self, spec: FieldSpec, value: Any) -> Any:
        if isinstance(value, str):
            if spec.kind == "url":
                return f"{value}/{self.text}"
            return self.on(value, spec.max) if spec.kind in MARKED else value
        if isinstance(value, list):
            return [self._value(spec.item or spec, item) for item in value]
        if isinstance(value, Mapping):
            return {name: self._value(spec.fields[name], item) for name, item in value.items()}
        return value


def texts(kind: str, fields: Mapping[str, Any]) -> set[str]:
    """Every text, address and number in a record that is long enough to be looked for."""
    found = (each for name, value in fields.items() for each in _texts(record_type(kind).fields[name], value))
    return {text for text in found if len(text) >= SHORTEST_TEXT}


def _texts(spec: FieldSpec, value: Any) -> Iterator[str]:
    if isinstance(value, str) and spec.kind in READ:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(spec.item or spec, item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _texts(spec.fields[name], item)


def long_codes() -> set[str]:
    """All codes of ten characters and more, of all lists."""
    return {code for known in code_lists().values() for code in known.codes if len(code) >= SHORTEST_TEXT}


def markers(tag: Tag, texts_written: Iterable[str], names: Iterable[str]) -> list[Marker]:
    """What the server may hold no copy of."""
    return [
        Marker("tag", tag.raw),
        Marker("tag", tag.text.encode()),
        Marker("code", tag.code.encode()),
        *(Marker("code", code.encode()) for code in sorted(long_codes())),
        *(Marker("text", text.encode()) for text in sorted(set(texts_written))),
        *(Marker("name", name.encode()) for name in sorted(set(names))),
    ]
