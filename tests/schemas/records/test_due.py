from calendar import monthrange
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import code_list, follow_up_due, preset, refresher_due, supervision_due, trained
from schemas.records.due import add_months

DAY = date(2026, 11, 20)
PROGRAMME = {
    "training_requirements": [
        {"course": "basics", "hours_half_steps": 8},
        {"course": "groups", "tier": 1, "mode": "in_person", "refresher_months": 12},
        {"course": "groups", "tier": 2, "refresher_months": 24},
    ]
}


def course(name: str, completed: str = "2026-01-31", **more: Any) -> dict[str, Any]:
    return {"course": name, "completed": completed, **more}


@pytest.mark.parametrize(
    ("band", "due"),
    [
        ("none", None), ("h24", "2026-01-31"), ("d2_3", "2026-02-01"), ("w1", "2026-02-06"), ("w2", "2026-02-13"),
        ("m1", "2026-03-01"), ("m3", "2026-05-01"), ("y1", None), (7, None),
    ],
)  # fmt: skip
def test_a_follow_up_is_due_so_many_days_after_its_contact(band: object, due: str | None) -> None:
    found = follow_up_due({"occurred_on": "2026-01-30", "followup_due": band})
    assert (found.isoformat() if found else None) == due
    assert follow_up_due({"occurred_on": "some day", "followup_due": band}) is None


def test_every_band_but_none_has_its_days() -> None:
    bands = [
        band
        for band in code_list("followup_due").codes
        if follow_up_due({"occurred_on": "2026-01-30", "followup_due": band})
    ]
    assert bands == ["h24", "d2_3", "w1", "w2", "m1", "m3"]


def test_trained_is_who_completed_what_one_tier_requires() -> None:
    assert trained([], PROGRAMME, DAY) is None
    assert trained([course("groups", mode="in_person")], PROGRAMME, DAY) == "partly"
    both = [course("basics", hours_half_steps=4), course("groups", mode="online"), course("basics", hours_half_steps=4)]
    # In person for the one tier, in any way for the other.
    assert trained(both, PROGRAMME, DAY) == "trained"
    assert trained(both[:2], PROGRAMME, DAY) == "partly"
    assert trained([course("basics"), course("groups")], PROGRAMME, DAY) == "trained"
    assert trained(both, PROGRAMME, date(2026, 1, 30)) is None


def test_without_requirements_any_training_will_do() -> None:
    assert trained([course("juggling")], None, DAY) == trained([course("juggling")], {}, DAY) == "trained"
    assert trained([{"course": "juggling", "completed": "soon"}], {}, DAY) is None


def test_the_newest_training_that_says_when_decides_on_the_refresher() -> None:
    old, new = course("groups"), course("basics", "2026-06-30", refresher_due="2027-06-30")
    assert refresher_due([old], PROGRAMME, DAY) == date(2027, 1, 31)
    assert refresher_due([new, old], PROGRAMME, DAY) == date(2027, 6, 30)
    assert refresher_due([old, course("basics", "2026-06-30")], PROGRAMME, DAY) == date(2027, 1, 31)
    assert refresher_due([old, new], PROGRAMME, date(2026, 6, 29)) == date(2027, 1, 31)
    assert refresher_due([course("basics")], PROGRAMME, DAY) is refresher_due([], None, DAY) is None


def test_supervision_falls_due_as_it_says_or_as_the_programme_says() -> None:
    held = [{"occurred_on": "2026-08-31"}, {"occurred_on": "2026-05-01", "next_due": "2029-01-01"}]
    assert supervision_due(held, None, DAY) == date(2026, 11, 30)
    assert supervision_due(held, {"supervision_months": 1}, DAY) == date(2026, 9, 30)
    assert supervision_due(held, {"supervision_months": True}, DAY) == date(2026, 11, 30)
    assert supervision_due([{**held[0], "next_due": "2026-10-01"}], None, DAY) == date(2026, 10, 1)
    assert supervision_due(held, None, date(2026, 6, 1)) == date(2029, 1, 1)
    assert supervision_due([], None, DAY) is None


@given(st.dates(), st.integers(0, 999))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    later = add_months(day, months)
    if later == date.max:
        return
    assert 12 * later.year + later.month == 12 * day.year + day.month + months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


SHAPES = st.one_of(st.integers(-5, 5000), st.text(max_size=5), st.lists(st.none(), max_size=2), st.booleans())
NAMES = ["completed", "course", "mode", "hours_half_steps", "refresher_due", "occurred_on", "next_due", "followup_due"]
WILD = st.dictionaries(st.sampled_from(NAMES), SHAPES | st.just("2026-01-31"))


@given(
    st.lists(WILD, max_size=4), st.lists(st.dictionaries(st.sampled_from(["course", "tier", "mode"]), SHAPES) | SHAPES)
)
def test_records_and_settings_of_any_shape_are_taken(records: list[dict[str, Any]], required: list[Any]) -> None:
    programme = {"training_requirements": required, "supervision_months": required}
    assert trained(records, programme, DAY) in {None, "partly", "trained"}
    refresher_due(records, programme, DAY)
    supervision_due(records, programme, DAY)
    for record in records:
        follow_up_due(record)


def test_a_preset_s_requirements_can_be_met() -> None:
    programme = preset("you_matter")
    every: Any = programme["training_requirements"]
    done = [course(each["course"]) for each in every]
    assert trained(done, programme, DAY) == "trained"
