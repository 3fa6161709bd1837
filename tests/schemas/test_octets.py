"""Byte strings on the wire have one spelling each, and the published pattern says so."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from crypto.public.base64url import b64
from schemas import octets

FIXED = {"Id16": 16, "Id32": 32, "Challenge": 48, "Signature": 64, "HpkeKey": 1216, "WrapBytes": 1168}
BOUNDED = {"HeaderBytes": octets.HEADER_LIMIT, "BodyBytes": octets.BODY_LIMIT}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def adapter(name: str) -> TypeAdapter[bytes]:
    return TypeAdapter(getattr(octets, name))


def schema(name: str) -> dict[str, Any]:
    whole = adapter(name).json_schema()
    return whole.get("$defs", {}).get(name, whole)  # type: ignore[no-any-return]


def published(name: str, text: str) -> bool:
    """Whether the published schema admits the text."""
    described = schema(name)
    fits = described["minLength"] <= len(text) <= described["maxLength"]
    return fits and re.fullmatch(described["pattern"], text) is not None


def accepted(name: str, value: object) -> bool:
    try:
        adapter(name).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("name", "size"), FIXED.items())
@given(data=st.data())
def test_what_has_the_size_is_accepted_and_written_back(name: str, size: int, data: st.DataObject) -> None:
    value = data.draw(st.binary(min_size=size, max_size=size))
    text = b64(value)
    assert published(name, text)
    assert adapter(name).validate_python(text) == value
    assert adapter(name).dump_python(value, mode="json") == text
    for other in (value[1:], value + b"\0"):
        assert not published(name, b64(other))
        assert not accepted(name, b64(other))


@pytest.mark.parametrize(("name", "limit"), BOUNDED.items())
def test_bounds_of_longer_strings(name: str, limit: int) -> None:
    for size, fits in ((0, False), (1, True), (2, True), (3, True), (limit, True), (limit + 1, False)):
        text = b64(bytes(size))
        assert accepted(name, text) == fits
        assert published(name, text) == fits


@pytest.mark.parametrize("name", ["Id16", "Id32", "HeaderBytes"])
@given(text=st.text(alphabet=ALPHABET + "+/= \n\u00e9", max_size=60))
def test_pattern_and_decoder_agree(name: str, text: str) -> None:
    assert published(name, text) == accepted(name, text)


@pytest.mark.parametrize("name", ["Id16", "Id32", "Challenge", "Signature", "HeaderBytes"])
@given(data=st.data())
def test_a_changed_character_is_refused_or_means_other_bytes(name: str, data: st.DataObject) -> None:
    size = FIXED.get(name, 100)
    value = data.draw(st.binary(min_size=size, max_size=size))
    text = b64(value)
    where = data.draw(st.integers(0, len(text) - 1))
    other = text[:where] + data.draw(st.sampled_from(ALPHABET)) + text[where + 1 :]
    assert published(name, other) == accepted(name, other)
    if accepted(name, other):
        assert (adapter(name).validate_python(other) == value) == (other == text)


@pytest.mark.parametrize("value", [None, 1, True, 1.5, [], {}, "\ud800" * 43, "A" * 42 + "\n", bytes(31)])
def test_anything_else_is_refused(value: object) -> None:
    assert not accepted("Id32", value)
