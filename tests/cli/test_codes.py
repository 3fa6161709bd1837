from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.codes import listing, nearest, pick
from cli.errors import Usage
from schemas.records import code_list, code_lists, label

REASONS: Mapping[str, str] = {code: label("en", "reason", code) for code in code_list("reason").codes}


@pytest.mark.parametrize("name", code_lists())
def test_every_code_is_picked_in_any_case_with_hyphens(name: str) -> None:
    choices = {code: label("en", name, code) for code in code_list(name).codes}
    for code in choices:
        # Weekdays and rules of calendars are upper case, and are not options.
        if code == code.lower():
            assert pick("--x", f" {code.replace('_', '-').upper()} ", choices) == code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("burnout", "burnout_exhaustion"),
        ("moral_injury", "moral_injury_distress"),
        ("bereavement", "grief_bereavement"),
        ("substence_use", "substance_use"),
        ("finances_or_housing", "finances_housing"),
        ("", None),
        ("zzzz", None),
    ],
)
def test_the_nearest_code_is_the_one_meant(typed: str, meant: str | None) -> None:
    assert nearest(typed, REASONS) == meant


@given(st.text())
def test_what_is_no_code_is_answered_with_all_codes(typed: str) -> None:
    if typed.strip().lower().replace("-", "_") in REASONS:
        return
    with pytest.raises(Usage) as caught:
        pick("--reason", typed, REASONS)
    assert caught.value.members["codes"] == REASONS
    assert listing(REASONS) in str(caught.value)
