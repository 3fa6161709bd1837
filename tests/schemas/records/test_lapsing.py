"""What lapses: nothing that a phone still reckons with, and all of the rest."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import LAPSING, Fields, lapsed, record_types, refresher_due, supervision_due, trained
from schemas.records.due import counts_without
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

Key = TypeVar("Key", int, str)
COURSES = ("basics", "groups", "else")
PROGRAMMES: tuple[dict[str, Any], ...] = (
    {},
    {"training_requirements": [{"course": "basics", "hours_half_steps": 8}]},
    {
        "training_requirements": [
            {"course": "basics", "hours_half_steps": 6, "refresher_months": 6},
            {"course": "groups", "tier": 1, "mode": "in_person", "refresher_months": 12},
            {"course": "groups", "tier": 2},
        ]
    },
)
EVER = date(1970, 1, 1)
UNTIL = date(2026, 1, 1)
days = st.integers(-800, 400).map(lambda number: (UNTIL + timedelta(days=number)).isoformat())
trainings = st.dictionaries(
    st.integers(0, 99),
    st.fixed_dictionaries(
        {"completed": days, "course": st.sampled_from(COURSES)},
        optional={
            "hours_half_steps": st.integers(1, 9),
            "mode": st.sampled_from(("in_person", "online")),
            "refresher_due": days,
        },
    ),
    max_size=9,
)
LATER = st.integers(0, 900).map(lambda number: UNTIL + timedelta(days=number))


def dated(kind: str, **entries: Fields) -> set[str]:
    return set(lapsing(kind, entries, {}, EVER))


def lapsing(
    kind: str, held: Mapping[Key, Fields], programme: Fields | None, since: date, until: date = UNTIL
) -> frozenset[Key]:
    """Of entries without conflicts; long after any follow-up."""
    read = {key: [fields] for key, fields in held.items()}
    return lapsed(kind, read, programme, since, until, until + timedelta(days=92))


def test_every_type_of_one_s_own_lapses() -> None:
    own = {name for name, kind in record_types().items() if kind.space == "personal" and not kind.reserved}
    assert set(LAPSING) == own


@pytest.mark.parametrize("kind", ["contact", "failed_call", "reported_number", "check_in", "presence_shift"])
def test_what_has_a_day_lapses_after_it(kind: str) -> None:
    last, first = {"occurred_on": "2025-12-31"}, {"occurred_on": "2026-01-01"}
    assert dated(kind, old=last, new=first, odd={"occurred_on": "some day"}, none={}) == {"old"}
    held = {"old": last, "older": {"occurred_on": "2025-12-30"}}
    assert lapsing(kind, held, None, date(2025, 12, 31)) == {"old"}


def test_a_type_of_a_newer_version_never_lapses() -> None:
    assert dated("mood", old={"occurred_on": "1999-01-01"}) == set()


def test_an_on_call_time_lapses_after_its_last_day_and_never_without_one() -> None:
    over, to_come = {"first_on": "2024-01-01", "last_on": "2025-12-31"}, {"first_on": "2024-01-01"}
    assert dated("availability", over=over, open=to_come, day={**to_come, "last_on": "2026-01-01"}) == {"over"}


def test_the_newest_supervision_stays_whatever_its_age() -> None:
    held = {"first": {"occurred_on": "2020-01-01", "next_due": "2030-01-01"}, "last": {"occurred_on": "2021-01-01"}}
    assert dated("supervision", **held) == {"first"}
    assert dated("supervision", **held, same={"occurred_on": "2021-01-01"}) == {"first"}
    assert dated("supervision", last=held["last"], soon={"occurred_on": "2026-01-01"}) == set()


def test_a_plan_is_open_until_a_later_one_anticipates_all_that_it_does() -> None:
    exams = {"occurred_on": "2020-01-01", "anticipate": ["training_exams_assessment"]}
    other = {"occurred_on": "2021-01-01", "anticipate": ["violence_aggression"]}
    both = {"occurred_on": "2022-01-01", "anticipate": ["violence_aggression", "training_exams_assessment"]}
    assert dated("plan", exams=exams, other=other) == set()
    assert dated("plan", exams=exams, other=other, both=both) == {"exams", "other"}
    assert dated("plan", exams=exams, both={**both, "occurred_on": "2026-01-01"}) == set()


def test_hours_that_add_up_to_what_is_required_stay_together() -> None:
    first = {"completed": "2024-01-01", "course": "basics", "hours_half_steps": 4}
    held = {"first": first, "second": {**first, "completed": "2024-02-01"}}
    assert lapsing("training", held, PROGRAMMES[1], EVER) == set()
    held["whole"] = {**first, "completed": "2025-01-01", "hours_half_steps": 8}
    assert lapsing("training", held, PROGRAMMES[1], EVER) == {"first", "second"}
    assert lapsing("training", held, None, EVER) == set()


def test_a_training_that_says_when_the_next_refresher_is_due_stays() -> None:
    """The later one of the course says nothing of it, so the reminder would be gone."""
    held = {"says": {"completed": "2024-01-01", "course": "else", "refresher_due": "2027-01-01"}}
    held["silent"] = {"completed": "2025-01-01", "course": "else"}
    assert dated("training", **held) == set()


@given(trainings, st.sampled_from(PROGRAMMES), LATER)
def test_no_reckoning_changes_by_what_lapses(
    held: dict[int, dict[str, Any]], programme: dict[str, Any], day: date
) -> None:
    """On no day within the retention, on which statistics may still ask for it."""
    gone = lapsing("training", held, programme, EVER)
    left = [fields for key, fields in held.items() if key not in gone]
    assert trained(left, programme, day) == trained(held.values(), programme, day)
    assert refresher_due(left, programme, day) == refresher_due(held.values(), programme, day)


@given(trainings, st.sampled_from(PROGRAMMES))
def test_no_training_stays_that_does_nothing(held: dict[int, dict[str, Any]], programme: dict[str, Any]) -> None:
    """Each that is left is the newest of its course, or something would change without it."""
    left = {key: one for key, one in held.items() if key not in lapsing("training", held, programme, EVER)}
    old = {key: one for key, one in left.items() if one["completed"] < UNTIL.isoformat()}
    for key, fields in old.items():
        rest = [one for other, one in old.items() if other != key]
        newest = all(one["completed"] <= fields["completed"] for one in rest if one["course"] == fields["course"])
        assert newest or not counts_without(fields, rest, programme)


@given(st.dictionaries(st.integers(0, 99), st.fixed_dictionaries({"occurred_on": days}, optional={"next_due": days})))
def test_one_supervision_a_phone_reckons_with_is_left(held: dict[int, dict[str, Any]]) -> None:
    gone = lapsing("supervision", held, {}, EVER)
    left = {key: one for key, one in held.items() if key not in gone}
    for day in (UNTIL, UNTIL + timedelta(days=500)):
        assert supervision_due(left.values(), None, day) == supervision_due(held.values(), None, day)
    old = {one["occurred_on"] for one in left.values() if one["occurred_on"] < UNTIL.isoformat()}
    assert len(old) <= 1


@given(
    st.sampled_from(sorted(LAPSING)).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.dictionaries(st.integers(0, 99), records(kind, YOU_MATTER), max_size=6)
            if kind != "check_in"
            else st.just({1: {"occurred_on": "2026-02-27"}}),
        )
    ),
    st.integers(-30, 30),
    st.integers(-30, 30),
)
def test_what_lapsed_was_dated_within_the_two_days_and_lapses_for_good(
    made: tuple[str, dict[int, dict[str, Any]]], since: int, until: int
) -> None:
    kind, held = made
    first, last = TODAY + timedelta(days=since), TODAY + timedelta(days=until)
    gone = lapsing(kind, held, YOU_MATTER, first, last)
    name = {"training": "completed", "availability": "last_on"}.get(kind, "occurred_on")
    for key in gone:
        assert first.isoformat() <= held[key][name] < last.isoformat()
    # What goes today would go tomorrow, and what is left is as if it had never been.
    assert gone <= lapsing(kind, held, YOU_MATTER, first, last + timedelta(days=1))
    left = {key: one for key, one in held.items() if key not in gone}
    assert lapsing(kind, left, YOU_MATTER, first, last) == set()


def test_a_contact_stays_until_its_follow_up_was_due() -> None:
    """`m3` is 91 days: under the shortest retention, of 90, it went on the day on which it was to be reminded of."""
    held = {"one": [{"occurred_on": "2025-10-02", "followup_due": "m3"}]}
    occurred = date(2025, 10, 2)
    for after, gone in ((91, set[str]()), (92, {"one"})):
        today = occurred + timedelta(days=after)
        assert lapsed("contact", held, {}, EVER, today - timedelta(days=90), today) == gone


def test_what_is_in_conflict_goes_by_its_latest_day() -> None:
    last, first = {"last_on": "2025-12-31"}, {"last_on": "2026-01-01"}
    today = UNTIL + timedelta(days=90)
    held = {"both": [last, first], "open": [last, {}], "odd": [last, {"last_on": "some day"}], "over": [last, last]}
    assert lapsed("availability", held, {}, EVER, UNTIL, today) == {"over"}
    assert lapsed("availability", {"none": []}, {}, EVER, UNTIL, today) == set()
    noon = {"both": [{"occurred_on": "2025-01-01"}, {"occurred_on": "2024-01-01"}]}
    assert lapsed("contact", noon, {}, date(2024, 6, 1), UNTIL, today) == set()
    assert lapsed("contact", noon, {}, EVER, UNTIL, today) == {"both"}


fields_of = {
    "contact": st.fixed_dictionaries(
        {}, optional={"occurred_on": days, "followup_due": st.sampled_from(("none", "w1", "m3"))}
    ),
    "supervision": st.fixed_dictionaries({}, optional={"occurred_on": days}),
    "plan": st.fixed_dictionaries(
        {}, optional={"occurred_on": days, "anticipate": st.lists(st.sampled_from("abc"), unique=True)}
    ),
    "availability": st.fixed_dictionaries({}, optional={"last_on": days}),
    "training": st.fixed_dictionaries(
        {"completed": days, "course": st.sampled_from(COURSES)},
        optional={"hours_half_steps": st.integers(1, 9), "refresher_due": days},
    ),
}


@given(
    st.sampled_from(sorted(fields_of)).flatmap(
        lambda kind: st.tuples(
            st.just(kind),
            st.dictionaries(st.integers(0, 9), st.lists(fields_of[kind], min_size=1, max_size=2), max_size=4),
        )
    ),
    st.sampled_from(PROGRAMMES),
    LATER,
)
def test_nothing_lapses_that_one_of_the_words_in_conflict_keeps(
    made: tuple[str, dict[int, list[dict[str, Any]]]], programme: dict[str, Any], day: date
) -> None:
    kind, held = made
    gone = lapsed(kind, held, programme, EVER, UNTIL, UNTIL)
    for choice in product(*held.values()):
        read = dict(zip(held, choice, strict=True))
        if kind != "training":
            sole = {key: [fields] for key, fields in read.items()}
            assert gone <= lapsed(kind, sole, programme, EVER, UNTIL, UNTIL)
            continue
        left = [fields for key, fields in read.items() if key not in gone]
        assert trained(left, programme, day) == trained(read.values(), programme, day)
        assert refresher_due(left, programme, day) == refresher_due(read.values(), programme, day)
