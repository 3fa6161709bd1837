"""Integers as zeros and ones: all of them, and nothing beyond."""

from itertools import product

import pytest

from stats.errors import MeasurementRefused
from stats.prio3.bounded import Bounded
from stats.prio3.field import FIELD64, FIELD128


@pytest.mark.parametrize("maximum", [*range(1, 34), 59, 60, 63, 64, 65])
def test_zeros_and_ones_stand_for_zero_to_maximum(maximum: int) -> None:
    bounded = Bounded(FIELD128, maximum)
    for value in range(maximum + 1):
        encoded = bounded.encode(value)
        assert set(encoded) <= {0, 1}
        assert len(encoded) == bounded.bits
        assert bounded.decode(encoded) == value
    assert {bounded.decode(bits) for bits in product((0, 1), repeat=bounded.bits)} == set(range(maximum + 1))


@pytest.mark.parametrize("value", [-1, 61, 63, 64, 10**40])
def test_beyond_is_refused_without_saying_the_value(value: int) -> None:
    with pytest.raises(MeasurementRefused) as refused:
        Bounded(FIELD64, 60).encode(value)
    assert str(value) not in str(refused.value)


@pytest.mark.parametrize("maximum", [0, -1, 1 << 63, 1 << 64])
def test_maxima_that_are_none_are_refused(maximum: int) -> None:
    with pytest.raises(ValueError):
        Bounded(FIELD64, maximum)


def test_the_largest_maximum_of_a_field() -> None:
    largest = (1 << 63) - 1
    assert Bounded(FIELD64, largest).encode(largest) == [1] * 63


def test_many_at_once() -> None:
    bounded = Bounded(FIELD128, 5)
    encoded = [element for value in (0, 5, 3) for element in bounded.encode(value)]
    assert bounded.decode_all(encoded) == [0, 5, 3]
