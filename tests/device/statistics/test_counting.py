"""What an account adds to a table: in bounds, whatever the records hold; each record once; all of them in the end."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.statistics.counting import Contribution, contribution
from device.view import Record
from schemas.period import first_day, number_of
from schemas.records import Fields, preset_names, typical_month
from schemas.tables.ready import plan, ready
from schemas.tables.sources import axes_of
from schemas.task import ONCE, Axis, Task
from stats.instance import instance_of
from tests.device.local import TODAY, Local, Space, local_phone

JANUARY = number_of("month", date(2027, 1, 1))
QUARTER = number_of("quarter", date(2027, 1, 1))
QUICK: dict[str, Any] = {
    "occurred_on": "2027-01-10",
    "contact_kind": "one_to_one",
    "modality": "phone",
    "duration_band": "m15_29",
    "reasons": {"primary": "burnout_exhaustion"},
    "disposition": "closed_supported",
}


def contributed(
    table: Task,
    period: int,
    records: Iterable[Record],
    done: Mapping[int, Collection[bytes]],
    *,
    wellbeing_since: date | None = date.min,
    programme: Fields | None = None,
) -> Contribution:
    """What an account adds that has always let its check-ins be counted."""
    return contribution(table, period, records, done, wellbeing_since=wellbeing_since, programme=programme)


def record(number: int, fields: Mapping[str, Any], kind: str = "contact", space: str = "personal") -> Record:
    return Record(number.to_bytes(16, "big"), kind, 1, space, dict(fields), {}, unsent=False)


def contact(number: int, **fields: Any) -> Record:
    return record(number, {**QUICK, **fields})


def check_in(number: int, day: str, instrument: str, band: str) -> Record:
    return record(number, {"occurred_on": day, "instrument": instrument, "band": band}, "check_in")


def task(name: str, bound: int = 60) -> Task:
    found = ready()[name].task("month", 2)
    return Task(found.source, found.axes, found.unit, bound, found.epsilon, found.k, found.period_kind, found.shares)


def said(task: Task, made: Contribution) -> dict[tuple[str, ...], int]:
    """Codes -> number, of the cells that are not 0."""
    assert isinstance(made.cells, tuple)
    return {task.codes_of(cell): number for cell, number in enumerate(made.cells) if number}


def counted(name: str, *records: Record) -> dict[tuple[str, ...], int]:
    return said(task(name), contributed(task(name), JANUARY, records, {}))


def test_contacts_by_kind_and_modality() -> None:
    records = [contact(1), contact(2, modality="video"), contact(3), contact(4, occurred_on="2027-02-01")]
    made = contributed(task("contacts"), JANUARY, records, {})
    assert said(task("contacts"), made) == {("one_to_one", "phone"): 2, ("one_to_one", "video"): 1}
    assert made.counted == tuple(each.id for each in records[:3])


def test_nothing_to_report_is_a_report_of_zeros() -> None:
    made = contributed(task("contacts"), JANUARY, [], {})
    assert made == Contribution((0,) * 42, ())
    assert contributed(task("stress_zones"), QUARTER, [], {}) == Contribution(4, ())


def test_the_primary_reason_alone_and_moral_injury_apart_from_burnout() -> None:
    injured = contact(1, reasons={"primary": "moral_injury_distress", "others": ["burnout_exhaustion"]})
    assert counted("reasons", injured, contact(2)) == {("moral_injury_distress",): 1, ("burnout_exhaustion",): 1}


def test_a_code_of_a_newer_phone_is_other_where_there_is_an_other() -> None:
    newer = contact(1, reasons={"primary": "boredom"}, modality="telepathy", role_group="astronaut")
    assert counted("reasons", newer) == {("other",): 1}
    assert counted("roles", newer) == {("undisclosed",): 1}
    assert counted("contacts", newer) == {}


def test_a_code_that_a_lead_left_out_is_other_or_not_counted() -> None:
    some = Task(
        "contact", (Axis("reason_primary", ("moral_injury_distress", "other")),), "contact", 60, 100, 8, "month", 2
    )
    made = contributed(some, JANUARY, [contact(1), contact(2, reasons={"primary": "moral_injury_distress"})], {})
    assert said(some, made) == {("moral_injury_distress",): 1, ("other",): 1}
    two = Task("contact", (Axis("modality", ("email", "video")),), "contact", 60, 100, 8, "month", 2)
    assert contributed(two, JANUARY, [contact(1)], {}) == Contribution((0, 0), ())


def test_what_the_quick_log_leaves_out_has_a_code_of_its_own() -> None:
    assert counted("activations", contact(1)) == {("unknown", "na"): 1}
    assert counted("visits", contact(1)) == {("unknown", "unknown"): 1}
    assert counted("zones", contact(1)) == {("not_assessed", "not_assessed"): 1}
    assert counted("reached", contact(1)) == {("one_to_one", "1"): 1}
    assert counted("reached", contact(1, contact_kind="group")) == {}
    assert counted("tiers", contact(1), contact(2, tier=0), contact(3, tier=True), contact(4, tier=9)) == {
        ("0", "closed_supported"): 1
    }


def test_of_several_referrals_the_first() -> None:
    resource = record(9, {"categories": ["eap", "other"]}, "resource", "commons")
    first = {"category": "psychiatrist", "method": "appointment", "outcome": "attended"}
    second = {"resource": resource.id, "method": "info_only", "outcome": "unknown"}
    records = [
        contact(1, referrals=[first, second]),
        contact(2, referrals=[second]),
        contact(3),
        contact(4, referrals=[]),
    ]
    wanted = {("psychiatrist", "appointment"): 1, ("eap", "info_only"): 1}
    assert counted("referrals", resource, *records) == wanted
    assert counted("referrals", *records) == {("psychiatrist", "appointment"): 1, ("other", "info_only"): 1}


def test_follow_ups_agreed_and_done_and_both_at_once() -> None:
    agreed = contact(1, disposition="followup_agreed")
    due = contact(2, followup_due="w1")
    done = contact(3, initiation="scheduled_followup", followup_due="none")
    both = contact(4, initiation="scheduled_followup", followup_due="m1")
    assert counted("follow_ups", agreed, due, done, both, contact(5)) == {
        ("agreed",): 2,
        ("done",): 1,
        ("done_and_agreed",): 1,
    }


def test_group_sessions_alone() -> None:
    session = contact(1, contact_kind="group", group_format="town_hall", people_band="ge_50")
    assert counted("groups", session, contact(2, people_band="1")) == {("town_hall", "ge_50"): 1}


def test_hours_are_the_supporter_s_own_if_they_said_so() -> None:
    longer = contact(1, supporter_time_band="ge_90")
    assert counted("hours", longer, contact(2), contact(3, duration_band="lt_5")) == {("one_to_one",): 4}


def test_a_contact_of_no_half_hour_waits_until_it_has_one() -> None:
    short = contact(1, duration_band="lt_5")
    assert contributed(task("hours"), JANUARY, [short], {}).counted == ()
    longer = contact(1, duration_band="m30_44")
    assert contributed(task("hours"), JANUARY + 1, [longer], {JANUARY: ()}).counted == (longer.id,)


def test_the_newest_are_left_out_and_counted_next() -> None:
    few = task("contacts", bound=2)
    records = [contact(number, occurred_on=f"2027-01-{20 - number}") for number in range(1, 6)]
    made = contributed(few, JANUARY, records, {})
    assert made.counted == (records[4].id, records[3].id)
    later = contact(9, occurred_on="2027-02-03")
    made = contributed(few, JANUARY + 1, [later, *records], {JANUARY: made.counted})
    assert made.counted == (records[2].id, records[1].id)


def test_half_hours_fill_the_bound_and_no_newer_contact_overtakes() -> None:
    few = task("hours", bound=4)
    bands = ["ge_90", "m60_89", "m15_29"]
    records = [contact(n, occurred_on=f"2027-01-1{n}", duration_band=band) for n, band in enumerate(bands)]
    made = contributed(few, JANUARY, records, {})
    assert (said(few, made), made.counted) == ({("one_to_one",): 3}, (records[0].id,))
    made = contributed(few, JANUARY + 1, records, {JANUARY: made.counted})
    assert (said(few, made), made.counted) == ({("one_to_one",): 3}, (records[1].id, records[2].id))


def test_a_report_counts_nothing_of_a_later_period() -> None:
    assert contributed(task("contacts"), JANUARY - 1, [contact(1)], {JANUARY: ()}).counted == ()


def test_a_check_in_that_was_counted_and_dated_anew_is_not_counted_again() -> None:
    zones = task("stress_zones", 1)
    moved = check_in(1, "2027-01-02", "stress_continuum", "red")
    assert contributed(zones, QUARTER, [moved], {QUARTER - 1: (moved.id,)}) == Contribution(zones.cells - 1, ())


def test_what_was_written_after_the_report_is_counted_next_and_what_preceded_the_task_never() -> None:
    late, early = contact(1), contact(2, occurred_on="2026-12-30")
    made = contributed(task("contacts"), JANUARY + 1, [late, early], {JANUARY: ()})
    assert made.counted == (late.id,)


def test_a_counted_contact_that_is_dated_anew_is_not_counted_again() -> None:
    moved = contact(1, occurred_on="2027-02-01")
    assert contributed(task("contacts"), JANUARY + 1, [moved], {JANUARY: (moved.id,)}).counted == ()


def test_what_was_counted_in_a_later_period_is_not_counted_in_an_earlier_one() -> None:
    moved = contact(1)
    assert contributed(task("contacts"), JANUARY, [moved], {JANUARY + 1: (moved.id,)}).counted == ()


def test_a_lead_places_no_contact_of_ours() -> None:
    placed = record(1, QUICK, space="commons")
    resource = record(2, {"categories": ["eap"]}, "resource", "personal")
    referred = contact(3, referrals=[{"resource": resource.id, "method": "info_only"}])
    assert counted("contacts", placed, resource) == {}
    assert counted("referrals", resource, referred) == {("other", "info_only"): 1}


def test_the_newest_check_in_of_the_instrument_in_the_quarter() -> None:
    zones, burnout = task("stress_zones", 1), task("burnout", 1)
    records = [
        check_in(1, "2027-03-01", "stress_continuum", "orange"),
        check_in(2, "2027-01-01", "stress_continuum", "green"),
        check_in(3, "2027-04-01", "stress_continuum", "red"),
        check_in(4, "2027-03-02", "burnout_single_item", "burned_out"),
    ]
    made = contributed(zones, QUARTER, records, {})
    assert isinstance(made.cells, int)
    assert (zones.codes_of(made.cells), made.counted) == (("orange",), (records[0].id,))
    assert contributed(burnout, QUARTER, records, {}) == Contribution(0, (records[3].id,))


def test_the_who_5_is_counted_by_its_two_thresholds() -> None:
    wanted = task("well_being", 1)
    assert wanted.cells == 4
    for band in ("wellbeing_very_low", "wellbeing_low", "wellbeing_not_low"):
        made = contributed(wanted, QUARTER, [check_in(1, "2027-03-01", "who5", band)], {})
        assert isinstance(made.cells, int)
        assert wanted.codes_of(made.cells) == (band,)
    other = contributed(wanted, QUARTER, [check_in(1, "2027-03-01", "proqol5", "low")], {})
    assert other == Contribution(wanted.cells - 1, ())


def test_opted_out_looks_as_if_there_was_no_check_in() -> None:
    zones = task("stress_zones", 1)
    answered = [check_in(1, "2027-03-01", "stress_continuum", "red")]
    opted_out = contributed(zones, QUARTER, answered, {}, wellbeing_since=None)
    assert opted_out == contributed(zones, QUARTER, [], {}) == Contribution(zones.cells - 1, ())


def test_what_was_answered_before_opting_in_is_not_counted() -> None:
    """Who let check-ins be counted at the end of a quarter had those of all of it counted."""
    zones = task("stress_zones", 1)
    answered = [check_in(1, "2027-03-01", "stress_continuum", "red")]
    none = Contribution(zones.cells - 1, ())
    assert contributed(zones, QUARTER, answered, {}, wellbeing_since=date(2027, 3, 2)) == none
    assert contributed(zones, QUARTER, answered, {}, wellbeing_since=date(2027, 3, 1)).counted == (answered[0].id,)


def test_a_check_in_of_last_quarter_or_of_a_newer_band_is_none() -> None:
    zones = task("stress_zones", 1)
    old = check_in(1, "2026-12-31", "stress_continuum", "red")
    violet = check_in(2, "2027-01-31", "stress_continuum", "violet")
    for each in (old, violet):
        assert contributed(zones, QUARTER, [each], {QUARTER - 1: ()}) == Contribution(zones.cells - 1, ())


def test_shifts_of_presence_by_hours_and_shift() -> None:
    shifts = [
        record(1, {"occurred_on": "2027-01-10", "shift_band": "night", "hours_band": "h8_11"}, "presence_shift"),
        record(2, {"occurred_on": "2027-01-11", "shift_band": "dawn", "hours_band": "h8_11"}, "presence_shift"),
        record(3, {"occurred_on": "2027-01-11", "shift_band": "day", "hours_band": "days"}, "presence_shift"),
    ]
    assert counted("presence", contact(4), *shifts) == {("h8_11", "night"): 1, ("h8_11", "undisclosed"): 1}
    assert counted("contacts", contact(4), *shifts) == {("one_to_one", "phone"): 1}


REQUIRED = {"training_requirements": [{"course": "basics"}, {"course": "groups", "refresher_months": 12}]}


def training(number: int, completed: str, course: str, **more: Any) -> Record:
    return record(number, {"completed": completed, "course": course, **more}, "training")


def stands(name: str, *records: Record, period: int = QUARTER) -> tuple[str, ...]:
    wanted = task(name, 1)
    made = contributed(wanted, period, records, {period - 1: tuple(each.id for each in records)}, programme=REQUIRED)
    assert isinstance(made.cells, int)
    assert made.counted == ()
    return wanted.codes_of(made.cells)


def test_where_a_supporter_stands_on_the_last_day_of_the_quarter() -> None:
    basics, groups = training(1, "2025-05-05", "basics"), training(2, "2026-03-31", "groups")
    assert stands("trained") == stands("refreshers") == stands("supervision") == ()
    assert stands("trained", basics) == ("partly",)
    assert stands("trained", basics, groups) == ("trained",)
    # Training of an earlier quarter counts in every quarter anew, and that of a later one not yet.
    assert stands("trained", basics, groups, period=QUARTER - 5) == ("partly",)
    assert stands("refreshers", basics) == ()
    assert stands("refreshers", groups) == ("in_date",)
    assert stands("refreshers", groups, period=QUARTER + 1) == ("overdue",)
    held = record(3, {"occurred_on": "2026-12-31", "supervision_kind": "group"}, "supervision")
    assert stands("supervision", held) == ("in_date",)
    assert stands("supervision", record(3, {"occurred_on": "2026-12-30"}, "supervision")) == ("overdue",)


def test_a_lead_trains_nobody_and_opting_out_of_wellbeing_leaves_the_workforce() -> None:
    placed = record(1, {"completed": "2026-01-01", "course": "basics"}, "training", "commons")
    assert stands("trained", placed) == ()
    own = training(1, "2026-01-01", "basics")
    wanted = task("trained", 1)
    made = contributed(wanted, QUARTER, [own], {}, wellbeing_since=None)
    assert isinstance(made.cells, int)
    assert wanted.codes_of(made.cells) == ("trained",)


@pytest.mark.parametrize("preset", preset_names())
def test_the_contacts_of_a_preset_are_counted(preset: str) -> None:
    month = [entry for entry in typical_month(preset) for _ in range(entry.count)]
    records = [
        record(number, {"occurred_on": "2027-01-10", **entry.fields}, entry.type) for number, entry in enumerate(month)
    ]
    for table in plan(preset).activity:
        made = contributed(task(table), JANUARY, records, {})
        assert isinstance(made.cells, tuple)
        assert sum(made.cells) > 0, table
        if table == "contacts":
            assert made.counted == tuple(each.id for each in records if each.type == "contact")


TABLES = st.sampled_from([*ready()])
CODES = st.sampled_from(
    sorted({code for source in ("contact", "referral") for codes in axes_of(source).values() for code in codes})
)
ANYTHING = st.one_of(
    CODES, st.integers(-2, 9), st.booleans(), st.binary(max_size=16), st.just([]), st.just({}), st.just([{}])
)
DAYS = st.integers(0, 99).map(lambda days: (first_day("month", JANUARY) + timedelta(days=days)).isoformat())
CONTACTS = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in QUICK.items()},
        "occurred_on": DAYS,
        "duration_band": st.sampled_from(axes_of("contact")["duration_band"]),
        "contact_kind": st.sampled_from(axes_of("contact")["contact_kind"]),
    },
    optional={
        "people_band": st.sampled_from(axes_of("contact")["people_band"]),
        "followup_due": st.sampled_from(["none", "w1"]),
        "tier": st.integers(0, 5),
        "referrals": st.just([{"category": "eap", "method": "info_only", "outcome": "unknown"}]),
    },
)
WILD = st.dictionaries(st.sampled_from([*QUICK, *axes_of("contact"), "referrals", "supporter_time_band"]), ANYTHING)


@given(TABLES, st.lists(st.one_of(CONTACTS, WILD), max_size=40), st.integers(1, 20), st.randoms())
def test_in_bounds_and_in_any_order_the_same(
    name: str, fields: list[dict[str, Any]], bound: int, random: Random
) -> None:
    records = [
        record(
            number,
            {"occurred_on": "2027-01-10", **each},
            random.choice(["contact", "contact", "check_in", "presence_shift", "training", "supervision"]),
        )
        for number, each in enumerate(fields)
    ]
    wanted = task(name, 1 if ready()[name].source in ONCE else bound)
    period = QUARTER if wanted.period_kind == "quarter" else JANUARY
    made = contributed(wanted, period, records, {})
    instance_of(wanted).circuit.encode(made.cells)  # type: ignore[arg-type]
    if isinstance(made.cells, tuple):
        assert min(made.cells) >= 0
        assert sum(made.cells) <= bound
        assert sum(made.cells) <= wanted.reach * len(made.counted)
    random.shuffle(records)
    assert contributed(wanted, period, records, {}) == made


@given(
    st.sampled_from(["contacts", "hours", "reasons", "follow_ups", "tiers", "referrals"]),
    st.lists(CONTACTS, max_size=40),
    st.integers(3, 12),
    st.randoms(),
)
def test_each_record_once_and_all_in_the_end(
    name: str, fields: list[dict[str, Any]], bound: int, random: Random
) -> None:
    """A phone that writes late, misses reports, and is clipped, against a table without a bound."""
    records = [record(number, each) for number, each in enumerate(fields)]
    written = {each.id: random.randrange(6) for each in records}
    wanted = task(name, bound)
    done: dict[int, tuple[bytes, ...]] = {}
    total = [0] * wanted.cells
    for number in range(60):
        here = [each for each in records if written[each.id] <= number]
        made = contributed(wanted, JANUARY + number, here, done)
        assert isinstance(made.cells, tuple)
        arrived = number > 5 or random.random() < 0.7
        done[JANUARY + number] = made.counted if arrived else ()
        total = [one + other for one, other in zip(total, made.cells, strict=True)] if arrived else total
    seen = [each for counted in done.values() for each in counted]
    assert len(seen) == len(set(seen))
    boundless = task(name, 1000)
    at_once = contributed(boundless, JANUARY + 3, records, {JANUARY: (), JANUARY + 1: (), JANUARY + 2: ()})
    assert set(seen) == set(at_once.counted)
    assert tuple(total) == at_once.cells


def test_two_phones_of_one_account_agree_also_in_a_conflict(tmp_path: Path) -> None:
    with local_phone(tmp_path / "one") as one, local_phone(tmp_path / "other") as other:
        space = Space(one.records.view.logs["personal"])
        fields = {**QUICK, "occurred_on": TODAY.isoformat()}
        first = one.records.log("contact", fields)
        exchange(space, one, other)
        one.records.edit(first, {"modality": "video"})
        other.records.edit(first, {"modality": "email"})
        second = other.records.log("contact", {**fields, "contact_kind": "group"})
        exchange(space, one, other)
        assert one.records.conflicts()
        here, there = (
            contributed(task("contacts"), number_of("month", TODAY), each.records.list(), {}) for each in (one, other)
        )
        assert here == there
        assert set(here.counted) == {first, second}
        shown = one.records.get(first).fields["modality"]
        assert said(task("contacts"), here) == {("one_to_one", shown): 1, ("group", "phone"): 1}


def exchange(space: Space, *phones: Local) -> None:
    for each in phones:
        each.push(space)
    for each in phones:
        each.pull(space)
