"""Exact shapes: what each check admits at its bounds and refuses beyond them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import encode
from sync.shape import array, boolean, decode_array, integer, octets, optional, several, text
from tests.support.refusals import outcome, refused
from tests.sync.arrays import FOREIGN, Element, Integer, Octets, Text, Word
from tests.sync.arrays import array as spec_array

PAIRS = [
    (octets(32), Octets((32,))),
    (octets(0, 16), Octets((0, 16))),
    (integer(), Integer()),
    (integer(1), Integer(1)),
    (text(), Text(1, 64)),
    (text(1, 200), Text(1, 200)),
    (text(of=("personal", "commons")), Word(("personal", "commons"))),
    (array(integer(), octets(32)), spec_array(Integer(), Octets((32,)))),
    (optional(array(octets(32), octets(64))), spec_array(Octets((32,)), Octets((64,)), empty=True)),
]


@pytest.mark.parametrize(("check", "element"), PAIRS)
def test_checks_admit_their_bounds_and_nothing_beyond(check: object, element: Element) -> None:
    assert callable(check)
    assert [value for value in element.good() if not check(value)] == []
    assert [value for value in element.bad() if check(value)] == []


def test_an_integer_may_have_an_upper_bound() -> None:
    assert integer(1, 1)(1)
    assert not integer(1, 1)(2)


def test_a_boolean_is_no_number() -> None:
    assert [value for value in FOREIGN if boolean()(value)] == [True, False]


def test_several_are_counted_and_each_is_looked_at() -> None:
    check = several(octets(1), 1, 2)
    assert [value for value in ([b"a"], [b"a", b"b"]) if not check(value)] == []
    assert [value for value in (*FOREIGN, [b"a"] * 3, [b"a", b""], (b"a",)) if check(value)] == []


@pytest.mark.parametrize("value", [value for value in FOREIGN if type(value) is not list])
def test_only_arrays_are_decoded(value: object) -> None:
    with refused("entry-malformed"):
        decode_array(encode(value), lambda _: True, "thing")  # type: ignore[arg-type]


@given(st.binary(max_size=80))
def test_any_bytes_decode_or_are_refused(raw: bytes) -> None:
    problem, value = outcome(lambda: decode_array(raw, array(integer(), octets(0, 1)), "thing"))
    assert problem == "entry-malformed" if value is None else encode(value) == raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"\x82\x00", "truncated"),
        (b"\x82\x00\x40\x00", "trailing byte"),
        (b"\x82\x18\x00\x40", "integer in a longer form"),
        (b"\x82\x00\x58\x00", "length in a longer form"),
        (b"\x9f\x00\x40\xff", "indefinite array"),
        (b"\x82\x00\x5f\xff", "indefinite bytes"),
        (b"\x82\xf9\x00\x00\x40", "float"),
        (b"\x82\xf6\x40", "null"),
        (b"\xc1\x82\x00\x40", "tag"),
        (b"\x82\xc2\x41\x01\x40", "bignum"),
        (b"\x81" * 9 + b"\x00", "nested too deep"),
        (b"\x9b" + b"\xff" * 8, "a length nobody has"),
    ],
)
def test_other_spellings_are_refused(raw: bytes, why: str) -> None:
    with refused("entry-malformed"):
        decode_array(raw, array(integer(), octets(0, 1)), why)
