"""Periods are calendar months and quarters, without gap or overlap."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.period import KINDS, Kind, first_day, last_day, number_of

DAYS = st.dates(date(1970, 1, 1), date(2199, 12, 31))


def test_numbers_are_those_of_the_page() -> None:
    assert number_of("month", date(2026, 11, 22)) == 12 * 2026 + 10
    assert number_of("quarter", date(2026, 11, 22)) == 4 * 2026 + 3
    assert (first_day("quarter", 4 * 2024), last_day("quarter", 4 * 2024)) == (date(2024, 1, 1), date(2024, 3, 31))
    assert last_day("month", 12 * 2024 + 1) == date(2024, 2, 29)


@given(st.sampled_from(KINDS), DAYS)
def test_a_day_is_in_one_period(kind: Kind, day: date) -> None:
    number = number_of(kind, day)
    assert first_day(kind, number) <= day <= last_day(kind, number)
    assert last_day(kind, number) + timedelta(days=1) == first_day(kind, number + 1)


def test_a_year_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="year"):
        first_day("month", 0)
