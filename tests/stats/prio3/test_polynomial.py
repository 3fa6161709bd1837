"""Transforms and weights against evaluation from the definition."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stats.errors import ReportRefused
from stats.prio3.field import FIELD64, FIELD128, Field, roots
from stats.prio3.polynomial import Row, between, dot, weights
from tests.stats.prio3.naive import evaluate

fields = st.sampled_from([FIELD64, FIELD128])
sizes = st.sampled_from([1, 2, 4, 8, 16])


def polynomial(data: st.DataObject, field: Field, length: int) -> list[int]:
    return data.draw(st.lists(st.integers(0, field.modulus - 1), min_size=length, max_size=length))


@given(data=st.data(), field=fields, size=sizes, count=st.integers(1, 3))
def test_between_is_half_a_step_further(data: st.DataObject, field: Field, size: int, count: int) -> None:
    polynomials = [polynomial(data, field, size) for _ in range(count)]
    rows: list[Row] = [[evaluate(field, one, point) for one in polynomials] for point in roots(field, size)]
    got = [[value % field.modulus for value in row] for row in between(field, rows)]
    odd = roots(field, 2 * size)[1::2]
    assert got == [[evaluate(field, one, point) for one in polynomials] for point in odd]


@given(data=st.data(), field=fields, size=sizes)
def test_weights_evaluate(data: st.DataObject, field: Field, size: int) -> None:
    point = data.draw(st.integers(0, field.modulus - 1))
    assume(pow(point, 2 * size, field.modulus) != 1)
    wire, value = weights(field, size, point)
    low, high = polynomial(data, field, size), polynomial(data, field, 2 * size - 1)
    at_low = [evaluate(field, low, root) for root in roots(field, size)]
    at_high = [evaluate(field, high, root) for root in roots(field, 2 * size)[:-1]]
    assert (len(wire), len(value)) == (size, 2 * size - 1)
    assert dot(wire, at_low) % field.modulus == evaluate(field, low, point)
    assert dot(value, at_high) % field.modulus == evaluate(field, high, point)


@pytest.mark.parametrize("field", [FIELD64, FIELD128])
@pytest.mark.parametrize("size", [1, 2, 16])
def test_a_root_of_unity_is_no_test_point(field: Field, size: int) -> None:
    for point in roots(field, 2 * size):
        with pytest.raises(ReportRefused, match="test-point"):
            weights(field, size, point)
