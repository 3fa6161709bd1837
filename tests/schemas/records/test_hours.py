from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Hours, OpenState, hours, is_24_7, prepare, zone_of
from schemas.records.errors import RecordError
from tests.schemas.records.strategies import TODAY, YOU_MATTER, records

ALL_DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
OPEN, CLOSED, UNKNOWN = OpenState.OPEN, OpenState.CLOSED, OpenState.UNKNOWN


def line(
    opens: str, closes: str, zone: str | None = None, byday: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    rule = {"freq": "WEEKLY", "byday": byday or ALL_DAYS, "opens_at": opens, "closes_at": closes, **more}
    return {"status": "active", "schedules": [rule], **({"timezone": zone} if zone else {})}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def state(resource: dict[str, Any], text: str) -> OpenState:
    return hours(resource, at(text), UTC).state


def until(resource: dict[str, Any], text: str) -> str:
    found = hours(resource, at(text), UTC).until
    return "" if found is None else found.isoformat()


def test_the_times_are_those_of_the_resource_s_zone() -> None:
    desk = line("08:00", "17:00", "Europe/Rome", ["MO", "TU", "WE", "TH", "FR"])
    assert state(desk, "2026-11-20T06:59:59+00:00") == CLOSED
    assert state(desk, "2026-11-20T07:00:00+00:00") == OPEN
    assert state(desk, "2026-11-20T15:59:59+00:00") == OPEN
    assert state(desk, "2026-11-20T16:00:00+00:00") == CLOSED
    # A Saturday; then the zone of the phone, where the resource names none.
    assert until(desk, "2026-11-21T12:00:00+00:00") == "2026-11-23T08:00:00+01:00"
    here = {name: value for name, value in desk.items() if name != "timezone"}
    assert hours(here, at("2026-11-20T22:30:00+00:00"), ZoneInfo("America/Los_Angeles")).state == OPEN


@pytest.mark.parametrize(
    ("zone", "change", "before", "after"),
    [
        # Clocks go forward: 09:00 comes an hour earlier in UTC from that day on.
        ("Europe/Rome", "2026-03-29", "08:00", "07:00"),
        ("America/New_York", "2026-03-08", "14:00", "13:00"),
        # Clocks go back.
        ("Europe/Rome", "2026-10-25", "07:00", "08:00"),
        ("America/New_York", "2026-11-01", "13:00", "14:00"),
        # The southern hemisphere: forward in October, back in April. 09:00 is on the day before in UTC.
        ("Australia/Sydney", "2026-10-04", "23:00", "22:00"),
        ("Australia/Sydney", "2026-04-05", "22:00", "23:00"),
        # Half an hour of difference.
        ("Australia/Lord_Howe", "2026-10-04", "22:30", "22:00"),
        # No daylight saving.
        ("Asia/Tokyo", "2026-03-29", "00:00", "00:00"),
        ("Africa/Lagos", "2026-10-25", "08:00", "08:00"),
        ("+05:30", "2026-03-29", "03:30", "03:30"),
    ],
)
def test_opening_follows_the_clocks_across_a_change(zone: str, change: str, before: str, after: str) -> None:
    desk = line("09:00", "10:00", zone)
    for days, utc in ((-1, before), (0, after)):
        opening = at(f"{change}T{utc}:00+00:00") + timedelta(days=days - (utc.startswith("2")))
        assert hours(desk, opening - timedelta(seconds=1), UTC).state == CLOSED
        assert hours(desk, opening, UTC).state == OPEN
        assert hours(desk, opening + timedelta(minutes=59, seconds=59), UTC).state == OPEN
        assert hours(desk, opening + timedelta(hours=1), UTC).state == CLOSED


def test_a_repeated_hour_is_open_from_its_first_half_past_two() -> None:
    # Rome, 25 October 2026: 02:00 to 03:00 comes twice. RFC 5545, 3.3.5: a repeated time is the first of the two.
    night = line("02:30", "04:00", "Europe/Rome")
    assert state(night, "2026-10-25T00:29:00+00:00") == CLOSED
    assert state(night, "2026-10-25T00:30:00+00:00") == OPEN
    # The second 02:15: by the wall clock it would be closed again.
    assert state(night, "2026-10-25T01:15:00+00:00") == OPEN
    assert state(night, "2026-10-25T03:00:00+00:00") == CLOSED


def test_a_repeated_closing_time_is_the_first_of_the_two() -> None:
    night = line("01:00", "02:30", "Europe/Rome")
    assert state(night, "2026-10-25T00:29:00+00:00") == OPEN
    assert state(night, "2026-10-25T00:30:00+00:00") == CLOSED
    assert state(night, "2026-10-25T01:15:00+00:00") == CLOSED


def test_a_skipped_opening_time_keeps_the_offset_before_the_change() -> None:
    # Rome, 29 March 2026: 02:00 becomes 03:00. 02:30 is read as 01:30 UTC, which the wall calls 03:30.
    night = line("02:30", "05:00", "Europe/Rome")
    assert state(night, "2026-03-29T01:00:00+00:00") == CLOSED
    assert state(night, "2026-03-29T01:30:00+00:00") == OPEN
    assert state(night, "2026-03-29T02:59:00+00:00") == OPEN
    assert state(night, "2026-03-29T03:00:00+00:00") == CLOSED


def test_hours_that_the_clocks_skip_do_not_open() -> None:
    skipped = line("02:00", "03:00", "Europe/Rome")
    found = {
        state(skipped, f"2026-03-29T{hour:02}:{minute:02}:00+00:00") for hour in range(6) for minute in (0, 30, 59)
    }
    assert found == {CLOSED}


@pytest.mark.parametrize("zone", ["Europe/Rome", "Australia/Sydney", "America/Santiago", "Asia/Kolkata", "+05:45"])
@pytest.mark.parametrize(
    "schedules",
    [
        [("00:00", "24:00", ALL_DAYS)],
        [("00:00", "23:59", ALL_DAYS)],
        [("00:00", "00:00", ALL_DAYS)],
        [("09:00", "09:00", ALL_DAYS)],
        [("00:00", "24:00", ALL_DAYS[:5]), ("00:00", "24:00", ALL_DAYS[5:])],
        [("06:00", "22:00", ALL_DAYS), ("22:00", "06:00", ALL_DAYS)],
    ],
)
def test_day_and_night_is_open_at_every_moment(zone: str, schedules: list[tuple[str, str, list[str]]]) -> None:
    rules = [{"freq": "WEEKLY", "byday": days, "opens_at": one, "closes_at": two} for one, two, days in schedules]
    always = {"schedules": rules, "timezone": zone}
    for day in ("2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-12-31"):
        for minutes in range(0, 24 * 60, 29):
            found = hours(always, at(f"{day}T00:00:59+00:00") + timedelta(minutes=minutes), UTC)
            assert found == Hours(OPEN), (day, minutes)


def test_over_midnight_belongs_to_the_day_on_which_it_opens() -> None:
    night = line("20:00", "06:00", "Europe/Rome", ["FR"])
    # 20 November 2026 is a Friday.
    assert state(night, "2026-11-20T18:59:00+00:00") == CLOSED
    assert state(night, "2026-11-20T19:00:00+00:00") == OPEN
    assert state(night, "2026-11-21T04:59:00+00:00") == OPEN
    assert until(night, "2026-11-21T04:59:00+00:00") == "2026-11-21T06:00:00+01:00"
    assert state(night, "2026-11-21T05:00:00+00:00") == CLOSED
    assert state(night, "2026-11-19T23:30:00+00:00") == CLOSED


def test_over_midnight_across_both_changes() -> None:
    night = line("22:00", "06:00", "Europe/Rome", ["SA"])
    # An hour less, then an hour more; it closes when the wall says 06:00.
    for opens, closes in (("2026-03-28T21:00", "2026-03-29T04:00"), ("2026-10-24T20:00", "2026-10-25T05:00")):
        assert state(night, f"{opens}:00+00:00") == OPEN
        assert hours(night, at(f"{closes}:00+00:00") - timedelta(seconds=1), UTC).state == OPEN
        assert state(night, f"{closes}:00+00:00") == CLOSED


def test_hours_that_meet_are_one() -> None:
    split = line("08:00", "12:00", "Europe/Rome")
    split["schedules"].append({**split["schedules"][0], "opens_at": "12:00", "closes_at": "18:00"})
    assert until(split, "2026-11-20T08:00:00+00:00") == "2026-11-20T18:00:00+01:00"


def test_every_other_week_is_counted_from_the_week_of_its_start() -> None:
    fortnightly = line("10:00", "11:00", "UTC", ["MO", "FR"], interval=2, dtstart="2026-11-06")
    open_on = [day for day in range(1, 31) if state(fortnightly, f"2026-11-{day:02}T10:30:00+00:00") == OPEN]
    # The Monday of the first week lies before the start.
    assert open_on == [6, 16, 20, 30]


def test_a_season_begins_and_ends() -> None:
    season = line("10:00", "11:00", "UTC", dtstart="2026-07-01", until="2026-07-31")
    found = [day for day in ("06-30", "07-01", "07-31", "08-01") if state(season, f"2026-{day}T10:30:00+00:00") == OPEN]
    assert found == ["07-01", "07-31"]


@pytest.mark.parametrize("status", ["temporarily closed", "inactive", "defunct"])
def test_what_is_closed_for_now_is_closed_whatever_its_hours(status: str) -> None:
    assert state({**line("00:00", "24:00"), "status": status}, "2026-11-20T12:00:00+00:00") == CLOSED


def test_what_cannot_be_read_is_unknown_and_never_closed() -> None:
    noon, night = "2026-11-20T12:00:00+00:00", "2026-11-20T03:00:00+00:00"
    shapes: list[dict[str, Any]] = [
        {},
        {"schedules": []},
        {"schedules": "always"},
        {**line("08:00", "17:00"), "timezone": "Mars/Olympus"},
        {**line("08:00", "17:00"), "timezone": 1},
        line("08:00", "17:00", freq="MONTHLY"),
        line("8", "17:00"),
        line("08:00", "17:00", interval=2),
        line("08:00", "17:00", byday=["1MO"]),
        line("08:00", "17:00", until="soon"),
    ]
    for unreadable in shapes:
        assert state(unreadable, noon) == state(unreadable, night) == UNKNOWN
    partly = line("08:00", "17:00")
    partly["schedules"].append({"freq": "MONTHLY"})
    assert state(partly, noon) == OPEN
    assert state(partly, night) == UNKNOWN


@pytest.mark.parametrize(
    "name", ["Europe/Roma", "localtime", "right/Europe/Rome", "../etc/passwd", "/etc/localtime", "", "+15:00"]
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    assert zone_of(name) is None
    fields = {"name": "Desk", "categories": ["eap"], "assured_date": TODAY.isoformat(), "timezone": name}
    with pytest.raises(RecordError) as refused:
        prepare("resource", fields, today=TODAY)
    assert refused.value.field == "timezone"


def test_every_other_week_needs_a_day_to_count_from() -> None:
    fields = {"name": "Desk", "categories": ["eap"], "assured_date": TODAY.isoformat()}
    rule = {"byday": ["MO"], "opens_at": "08:00", "closes_at": "09:00", "interval": 2}
    with pytest.raises(RecordError) as refused:
        prepare("resource", {**fields, "schedules": [rule]}, today=TODAY)
    assert (refused.value.field, refused.value.problem) == ("schedules[0].dtstart", "missing-field")
    prepare("resource", {**fields, "schedules": [{**rule, "interval": 1}]}, today=TODAY)


FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@given(records("resource", YOU_MATTER), MOMENTS)
def test_until_is_when_it_changes(fields: dict[str, Any], now: datetime) -> None:
    found = hours({**fields, "status": "active"}, now, UTC)
    if found.until is not None:
        assert now < found.until <= now + timedelta(days=8)
        assert hours({**fields, "status": "active"}, found.until, UTC).state != found.state
        before = hours({**fields, "status": "active"}, found.until - timedelta(microseconds=1), UTC)
        assert before.state == found.state


@given(
    st.dictionaries(
        st.sampled_from(["schedules", "timezone", "status"]),
        st.none()
        | st.integers()
        | st.text(max_size=4)
        | st.lists(
            st.dictionaries(
                st.sampled_from(["byday", "opens_at", "closes_at", "interval", "dtstart", "freq"]),
                st.none()
                | st.booleans()
                | st.integers()
                | st.text(max_size=5)
                | st.lists(st.text(max_size=2), max_size=2),
            ),
            max_size=2,
        ),
    ),
    MOMENTS,
)
def test_hours_in_any_shape_are_survived(fields: dict[str, Any], now: datetime) -> None:
    assert hours(fields, now, UTC).state in OpenState


def test_round_the_clock_is_derived_from_the_weekly_rules() -> None:
    whole = {"freq": "WEEKLY", "opens_at": "00:00", "closes_at": "24:00"}
    weekdays, weekend = {**whole, "byday": ALL_DAYS[:5]}, {**whole, "byday": ALL_DAYS[5:]}
    assert is_24_7({"schedules": [{**whole, "byday": ALL_DAYS}]})
    assert is_24_7({"schedules": [{**whole, "byday": ALL_DAYS, "closes_at": "23:59"}]})
    assert is_24_7({"schedules": [weekdays, weekend]})
    assert not is_24_7({"schedules": [weekdays]})
    assert not is_24_7({"schedules": [weekdays, {**weekend, "closes_at": "23:00"}]})
    assert not is_24_7({"schedules": [{**whole, "byday": ALL_DAYS, "interval": 2}]})
    assert not is_24_7({"schedules": [{**whole, "byday": ALL_DAYS, "until": "2026-12-31"}]})
    assert not is_24_7({"schedules": [["MO"], {"byday": [[]]}]})
    assert not is_24_7({"schedules": "always"})
    assert not is_24_7({})
