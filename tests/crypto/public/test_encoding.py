"""The canonical encoding: what is accepted is the one encoding of its value, and nothing else is."""

import struct
from typing import Any

import cbor2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.errors import EncodingError
from crypto.public import encoding
from crypto.public.encoding import decode, encode

INTEGERS = st.integers(-(2**64), 2**64 - 1) | st.integers(-300, 300)
TEXT = st.text(max_size=30)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | INTEGERS | st.binary(max_size=40) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def plain(value: Any) -> bytes:
    """RFC 8949 section 4.2.1 once more, without a library: a map is sorted by its encoded keys."""
    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(plain, value))
    pairs = sorted((plain(key), plain(item)) for key, item in value.items())
    return head(5, len(value)) + b"".join(key + item for key, item in pairs)


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    size = next(i for i in range(4) if number < 256**2**i)
    return bytes([major << 5 | 24 + size]) + struct.pack(">" + "BHIQ"[size], number)


def accepted(data: bytes) -> Any:
    try:
        return decode(data)
    except EncodingError:
        return None


@given(VALUES)
def test_a_value_has_the_encoding_of_the_rfc_and_comes_back(value: Any) -> None:
    data = encode(value)
    assert data == plain(value)
    assert decode(data) == value


def types(value: Any) -> Any:
    """The value with every leaf replaced by its type: True == 1, and an encoding must not confuse them."""
    if isinstance(value, list):
        return [types(item) for item in value]
    if isinstance(value, dict):
        return {key: types(item) for key, item in value.items()}
    return type(value)


@given(VALUES)
def test_types_come_back(value: Any) -> None:
    assert types(decode(encode(value))) == types(value)


@given(st.binary(max_size=60))
@example(b"")
def test_any_accepted_bytes_are_the_encoding_of_their_value(data: bytes) -> None:
    value = accepted(data)
    assert value is None or encode(value) == data


@given(VALUES, st.data())
def test_mutated_bytes_are_refused_or_mean_something_else(value: Any, data: st.DataObject) -> None:
    good = encode(value)
    at = data.draw(st.integers(0, len(good) - 1))
    mutations = [
        good[:at] + bytes([data.draw(st.integers(0, 255))]) + good[at + 1 :],
        good[:at] + good[at + 1 :],
        good[:at] + data.draw(st.binary(min_size=1, max_size=9)) + good[at:],
    ]
    for mutated in mutations:
        other = accepted(mutated)
        assert other is None or encode(other) == mutated


@given(VALUES, st.sampled_from([0, 1, 2, 21, 35, 36, 37, 55799, 65535]))
def test_a_tag_anywhere_is_refused(value: Any, tag: int) -> None:
    for tagged in (cbor2.CBORTag(tag, value), [cbor2.CBORTag(tag, value)], {"a": cbor2.CBORTag(tag, value)}):
        with pytest.raises(EncodingError):
            decode(cbor2.dumps(tagged, canonical=True))


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [None, 1.0, (1,), {1}, bytearray(b"a"), memoryview(b"a"), Text("a"), object(), 2**64, -(2**64) - 1],
    ids=lambda value: type(value).__name__,
)
def test_other_types_have_no_encoding(value: Any) -> None:
    for nested in (value, [value], {"a": value}):
        with pytest.raises(EncodingError):
            encode(nested)


@pytest.mark.parametrize("value", [{1: 2}, {b"a": 1}, {True: 1}, {Text("a"): 1}, {("a",): 1}])
def test_keys_are_text(value: Any) -> None:
    with pytest.raises(EncodingError, match="key"):
        encode(value)


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, ["a\ud83d"]])
def test_lone_surrogates_have_no_encoding(value: Any) -> None:
    with pytest.raises(EncodingError):
        encode(value)


def test_depth() -> None:
    deep: Any = 0
    for _ in range(encoding.MAX_DEPTH):
        deep = [deep]
    assert decode(encode(deep)) == deep
    with pytest.raises(EncodingError):
        encode([deep])
    with pytest.raises(EncodingError):
        decode(b"\x81" + encode(deep))


def test_a_cycle_and_a_tower_are_refused_and_not_followed() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    tower: list[Any] = []
    for _ in range(100_000):
        tower = [tower]
    for value in (cycle, tower):
        with pytest.raises(EncodingError):
            encode(value)
