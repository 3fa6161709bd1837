from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import freshness, interval_days, is_offered
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

PHONE = [{"number": "112", "type": "voice"}]


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"is_crisis": True, "phones": PHONE}, 30),
        ({"phones": PHONE}, 90),
        ({"categories": ["psychiatrist"]}, 90),
        ({"categories": ["self_guided_app_or_site"]}, 180),
        ({}, 180),
        ({"is_crisis": True, "verify_interval_days": 7}, 7),
        ({"verify_interval_days": "soon", "categories": "psychiatrist", "is_crisis": "yes"}, 180),
    ],
)
def test_what_a_resource_is_decides_how_often_it_is_checked(fields: dict[str, Any], days: int) -> None:
    assert interval_days(fields) == days


@pytest.mark.parametrize("interval", [30, 90, 180])
def test_amber_at_one_interval_and_red_at_two(interval: int) -> None:
    def after(days: int) -> str:
        assured = (TODAY - timedelta(days=days)).isoformat()
        return freshness({"assured_date": assured, "verify_interval_days": interval}, TODAY)

    assert after(-1) == after(0) == after(interval - 1) == "fresh"
    assert after(interval) == after(2 * interval - 1) == "amber"
    assert after(2 * interval) == after(10 * interval) == "red"


@pytest.mark.parametrize("assured", [None, "", "yesterday", 20260309, "2026-03-11", "9999-12-31"])
def test_an_unknown_or_coming_day_is_no_check(assured: object) -> None:
    assert freshness({"assured_date": assured}, TODAY) == "red"
    assert freshness({}, TODAY) == "red"


@given(records("resource", YOU_MATTER), st.integers(0, 800))
def test_a_resource_never_gets_fresher_by_waiting(fields: dict[str, Any], days: int) -> None:
    order = ["fresh", "amber", "red"]
    before = freshness(fields, TODAY)
    later = freshness(fields, TODAY + timedelta(days=days))
    assert order.index(later) >= order.index(before)


def test_what_is_gone_is_not_offered_and_what_is_unknown_is() -> None:
    offered = {
        status: is_offered({"status": status})
        for status in ("active", "inactive", "defunct", "temporarily closed", "new")
    }
    assert offered == {"active": True, "inactive": False, "defunct": False, "temporarily closed": True, "new": True}
    assert is_offered({"status": ["defunct"]})
