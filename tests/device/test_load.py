from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from device.load import BEFORE, RECENT, load
from device.view import Record
from schemas.records import code_list
from tests.device.contacts import CONTACT

TODAY = date(2026, 11, 20)
HELD = {"occurred_on": TODAY.isoformat()}


def record(fields: dict[str, Any], kind: str = "contact") -> Record:
    return Record(bytes(16), kind, 1, "personal", fields, {}, unsent=False)


def contact(days: int, **fields: Any) -> Record:
    return record({**CONTACT, "occurred_on": (TODAY - timedelta(days=days)).isoformat(), **fields})


SUPERVISED = record(HELD, "supervision")


def test_four_weeks_end_today() -> None:
    shift = record(HELD, "presence_shift")
    records = [
        contact(0, zone_after="red"), contact(6), contact(7, duration_band="m60_89"), contact(27), contact(28),
        contact(-1), shift, SUPERVISED, record({"weekdays": ["MO"]}, "availability"),
    ]  # fmt: skip
    weeks = load(records, TODAY).weeks
    assert [week.first.isoformat() for week in weeks] == ["2026-10-24", "2026-10-31", "2026-11-07", "2026-11-14"]
    assert [(week.contacts, week.half_hours, week.red, week.shifts) for week in weeks] == [
        (1, 1, 0, 0), (0, 0, 0, 0), (1, 2, 0, 0), (2, 2, 1, 1),
    ]  # fmt: skip


def test_more_than_usual_is_against_one_s_own_weeks_before() -> None:
    before = [contact(RECENT.days + day) for day in range(0, BEFORE.days, 4)]
    few, many = [contact(1) for _ in range(7)], [contact(1) for _ in range(8)]
    assert load([*before, *many, SUPERVISED], TODAY).hints == ("more_than_usual",)
    assert load([*before, *few, SUPERVISED], TODAY).hints == ()
    # Who is new has nothing to compare with.
    assert load([*many, SUPERVISED], TODAY).hints == ()
    assert load([*before, *before, *many, SUPERVISED], TODAY).hints == ()


def test_three_people_in_red_and_what_was_written_of_oneself() -> None:
    red = [
        contact(1, zone_before="red", zone_after="green"),
        contact(13, zone_after="red"),
        contact(2, zone_after="red"),
    ]
    assert load([*red, SUPERVISED], TODAY).hints == ("red_zones",)
    assert load([*red[:2], contact(14, zone_after="red"), SUPERVISED], TODAY).hints == ()
    assert load([contact(3, supporter_impact="orange"), SUPERVISED], TODAY).hints == ("own_zone",)
    answered = record({**HELD, "instrument": "stress_continuum", "band": "red"}, "check_in")
    assert load([answered], TODAY).hints == ("own_zone",)
    assert load([record({**HELD, "instrument": "other", "band": "red"}, "check_in")], TODAY).hints == ()


def test_a_debrief_that_was_wanted_is_not_forgotten() -> None:
    wanted = contact(20, debrief_wanted="yes")
    earlier = record({"occurred_on": (TODAY - timedelta(days=21)).isoformat()}, "supervision")
    assert load([wanted, earlier], TODAY).hints == ("debrief_open",)
    assert load([wanted, SUPERVISED], TODAY).hints == ()


def test_supervision_is_missed_only_by_who_is_active() -> None:
    assert load([contact(1)], TODAY).hints == ("no_supervision",)
    assert load([contact(20)], TODAY).hints == ()
    monthly = {"supervision_months": 1}
    old = record({"occurred_on": (TODAY - timedelta(days=40)).isoformat()}, "supervision")
    assert load([contact(1), old], TODAY).hints == ()
    assert load([contact(1), old], TODAY, monthly).hints == ("no_supervision",)


ANYTHING = st.one_of(st.integers(), st.booleans(), st.text(max_size=9), st.lists(st.text(max_size=3), max_size=2))
NAMES = st.sampled_from(
    ["zone_before", "zone_after", "supporter_impact", "duration_band", "debrief_wanted", "next_due"]
)
KINDS = st.sampled_from(["contact", "supervision", "presence_shift", "check_in", "of_next_year"])


@given(st.lists(st.tuples(KINDS, st.integers(-3, 99), st.dictionaries(NAMES, ANYTHING)), max_size=30))
def test_records_of_any_shape_are_taken(found: list[tuple[str, int, dict[str, Any]]]) -> None:
    records = [record({**contact(day).fields, **fields}, kind) for kind, day, fields in found]
    assert set(load(records, TODAY).hints) <= set(code_list("load_hint").codes)
