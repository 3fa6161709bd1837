"""Canonical arrays that have one wrong element, and arrays that are spelled another way."""

from collections.abc import Iterator
from typing import Any

from crypto.public.encoding import encode
from tests.sync.arrays import Array, Ascending, Element, Integer, Octets, Several, Text, Truth, Word


def wrong_elements(spec: Array, names: list[str], honest: list[Any]) -> Iterator[tuple[str, bytes]]:
    """(what is wrong, bytes): `honest` with one element replaced, once for each way in which it can be wrong."""
    for at, (element, name) in enumerate(zip(spec.elements, names, strict=True)):
        for value in _wrong(element):
            yield f"{name}: {_described(value)}", encode([*honest[:at], value, *honest[at + 1 :]])
    yield "without the last element", encode(honest[:-1])
    yield "without the first element", encode(honest[1:])
    yield "one element more", encode([*honest, 0])
    yield "map instead of an array", encode({str(at): value for at, value in enumerate(honest)})


def _wrong(element: Element) -> list[Any]:
    """A foreign type, and the values next to the bounds; of an array, its length and one wrong value an element."""
    match element:
        case Octets(lengths):
            near = {length + step for length in lengths for step in (-1, 1)} - {*lengths, -1}
            return ["x" * lengths[-1], *(bytes(length) for length in sorted(near))]
        case Integer(low):
            return [b"\1", True, low - 1, 2**53]
        case Text(_, high):
            return [b"x", "", "x" * (high + 1)]
        case Word(words):
            return [words[0].encode(), words[0].upper(), ""]
        case Truth():
            return [0, b"", "true"]
        case Several(element, low, high):
            one = element.good()[0]
            return [b"", one, [one] * (low - 1), [one] * (high + 1), *([wrong] for wrong in _wrong(element))]
        case Ascending(row):
            first = row.good()[0]
            second = [b"\1" * 32, *first[1:]]
            return [
                b"",
                first,
                [first[:-1]],
                [[*first, 0]],
                [[*first[:-1], 0]],
                [second, first],
                [first, first, second],
            ]
        case Array(elements):
            honest = [inner.good()[0] for inner in elements]
            inner = [[*honest[:at], _wrong(one)[-1], *honest[at + 1 :]] for at, one in enumerate(elements)]
            return [b"", honest[:-1], [*honest, 0], *inner]
    raise TypeError(type(element).__name__)


def _described(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return f"integer {value}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str):
        return f"text of {len(value)}"
    if isinstance(value, list):
        return f"array of {len(value)}: " + ", ".join(_described(item) for item in value)
    return "map"


def other_spellings(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Encodings of the array `raw`, of less than 24 elements, that are not the canonical one."""
    yield "empty", b""
    yield "truncated", raw[:-1]
    yield "trailing byte", raw + b"\0"
    yield "twice", raw + raw
    yield "length in a longer form", bytes([0x98, raw[0] & 0x1F]) + raw[1:]
    yield "indefinite length", b"\x9f" + raw[1:] + b"\xff"
    yield "tagged", b"\xd9\xd9\xf7" + raw
    yield "wrapped in an array", b"\x81" + raw
    yield "as a byte string", encode(raw)
