"""Content of sealed bodies: what is accepted has one form, what is malformed is refused by its reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import decode, encode
from sync.device.changes import Change, Content, ContentError, Group, decode_content, encode_content
from tests.sync.device.strategies import contents

RECORD = b"r" * 16
CHANGE: list[Any] = [RECORD, "contact", 1, False, {"a": 1}, ["b", "c"]]
CONTENT: list[Any] = [1, 1_700_000_000, [[[], 5, 3, [CHANGE]]]]


@given(contents)
def test_what_is_encoded_is_decoded(content: Content) -> None:
    assert decode_content(encode_content(content)) == content


@given(contents, st.data())
def test_what_is_mutated_is_refused_or_encodes_to_itself(content: Content, data: st.DataObject) -> None:
    raw = bytearray(encode_content(content))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        read = decode_content(bytes(raw))
    except ContentError:
        return
    assert encode_content(read) == raw


@given(st.binary(max_size=64))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    try:
        read = decode_content(raw)
    except ContentError:
        return
    assert encode_content(read) == raw


def changed(path: list[int], value: object) -> Any:
    raw: Any = decode(encode(CONTENT))
    inner = raw
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return raw


CHANGE_AT = [2, 0, 3, 0]
MALFORMED: dict[str, Any] = {
    "not an array": {"a": 1},
    "empty": [],
    "version as a boolean": changed([0], True),
    "too few elements": CONTENT[:2],
    "too many elements": [*CONTENT, 1],
    "written at a negative moment": changed([1], -1),
    "written at 2^53": changed([1], 2**53),
    "groups as a map": changed([2], {}),
    "a group with three elements": changed([2, 0], [[], 5, 3]),
    "a group without changes": changed([2, 0, 3], []),
    "a stamp of 2^53": changed([2, 0, 1], 2**53),
    "a stamp as a boolean": changed([2, 0, 1], True),
    "a negative seen": changed([2, 0, 2], -1),
    "an origin without position": changed([2, 0, 0], [b"d" * 32]),
    "an origin of 31 bytes": changed([2, 0, 0], [b"d" * 31, 1]),
    "an origin at position 0": changed([2, 0, 0], [b"d" * 32, 0]),
    "an origin as empty text": changed([2, 0, 0], ""),
    "a record twice in a group": changed([2, 0, 3], [CHANGE, CHANGE]),
    "a change with five elements": changed(CHANGE_AT, CHANGE[:5]),
    "a record id of 15 bytes": changed([*CHANGE_AT, 0], b"r" * 15),
    "a record id of zeros": changed([*CHANGE_AT, 0], bytes(16)),
    "a record id as text": changed([*CHANGE_AT, 0], "r" * 16),
    "an empty type": changed([*CHANGE_AT, 1], ""),
    "a type of 65 characters": changed([*CHANGE_AT, 1], "t" * 65),
    "version 0": changed([*CHANGE_AT, 2], 0),
    "deleted as a number": changed([*CHANGE_AT, 3], 0),
    "deleted with fields": changed([*CHANGE_AT, 3], True),
    "fields as an array": changed([*CHANGE_AT, 4], []),
    "an empty field name": changed([*CHANGE_AT, 4], {"": 1}),
    "a field name of 65 characters": changed([*CHANGE_AT, 4], {"f" * 65: 1}),
    "removed as a map": changed([*CHANGE_AT, 5], {}),
    "removed out of order": changed([*CHANGE_AT, 5], ["c", "b"]),
    "removed twice": changed([*CHANGE_AT, 5], ["b", "b"]),
    "removed and set": changed([*CHANGE_AT, 5], ["a"]),
    "an empty removed name": changed([*CHANGE_AT, 5], [""]),
    "a removed name as bytes": changed([*CHANGE_AT, 5], [b"b"]),
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_content_is_refused(raw: Any) -> None:
    with pytest.raises(ContentError) as refused:
        decode_content(encode(raw))
    assert refused.value.reason == "shape"


def test_a_newer_format_is_told_from_a_broken_one() -> None:
    with pytest.raises(ContentError) as refused:
        decode_content(encode([2, "whatever it says"]))
    assert refused.value.reason == "format"


def test_bytes_that_are_not_canonical_are_refused() -> None:
    with pytest.raises(ContentError) as refused:
        decode_content(encode(CONTENT) + b"\0")
    assert refused.value.reason == "encoding"


def test_what_would_be_refused_is_not_written() -> None:
    twice = Change(RECORD, "contact", 1, deleted=False, fields={"a": 1}, removed=("a",))
    with pytest.raises(ContentError):
        encode_content(Content(0, (Group(None, 1, 0, (twice,)),)))
    floating = Change(RECORD, "contact", 1, deleted=False, fields={"a": 0.5}, removed=())  # type: ignore[dict-item]
    with pytest.raises(ContentError) as refused:
        encode_content(Content(0, (Group(None, 1, 0, (floating,)),)))
    assert refused.value.reason == "encoding"


def test_a_flush_may_have_nothing_to_say() -> None:
    assert decode_content(encode_content(Content(7, ()))) == Content(7, ())
