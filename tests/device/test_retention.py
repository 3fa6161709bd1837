"""Retention: what the programme keeps no longer is deleted on every phone, by dates that clock and server agree on."""

import asyncio
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from device.checkins import check_in
from device.pending import stage
from device.phone import Phone
from device.retention import READINGS, delete_old, old, readings
from device.view import Record, day_of
from schemas.records import preset
from sync.device.changes import Change
from sync.device.merge import REMOVED, Value
from sync.statements import Policy
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.hall import Hall

JOINED = 0
"""Long before everything here."""


def day(house: House) -> int:
    return int(house.hall.now // 86_400)


async def test_contacts_go_when_they_are_older_than_the_policy_says(house: House) -> None:
    policy = house.ada.engine.roster.policy
    house.hall.pass_days(policy.contact_days)
    (first,) = logged(house.ada)
    new = house.ada.records.log("contact", CONTACT)
    for _ in range(2):
        # On the second day it is over age; the first flush after that day deletes it.
        assert (await house.ada.sync()).notes == []
        assert set(logged(house.ada)) == {first, new}
        house.hall.pass_days(1)
    report = await house.ada.sync()
    assert report.notes == ["entries deleted because the programme keeps them no longer: 1"]
    house.hall.pass_days(1)
    assert (await house.ada.sync()).notes == []
    await house.second.engine.sync()
    assert set(logged(house.ada)) == set(logged(house.second)) == {new}


async def test_a_contact_logged_late_goes_by_its_own_date(house: House) -> None:
    earlier = (house.ada.today() - timedelta(days=10)).isoformat()
    late = house.ada.records.log("contact", {**CONTACT, "occurred_on": earlier})
    assert old(house.ada.records, Policy(contact_days=90), day(house) + 80, JOINED) == []
    (gone,) = old(house.ada.records, Policy(contact_days=90), day(house) + 81, JOINED)
    assert gone.id == late


async def test_each_kind_has_its_own_days_and_others_stay(house: House) -> None:
    check_in(house.ada.records, "stress_continuum", {"zone": 1})
    policy = Policy(contact_days=90, check_in_days=100)
    assert [record.type for record in old(house.ada.records, policy, day(house) + 100, JOINED)] == ["contact"]
    assert len(old(house.ada.records, policy, day(house) + 101, JOINED)) == 2


OWN: dict[str, dict[str, Any]] = {
    "training": {"course": "basic_support"},
    "supervision": {"supervision_kind": "group"},
    "presence_shift": {"shift_band": "night", "hours_band": "h8_11"},
    "availability": {"weekdays": ["MO"], "starts_at": "20:00", "ends_at": "08:00"},
    "plan": {"anticipate": ["workload_staffing"]},
    "failed_call": {"resource": b"r" * 16, "failure": "no_answer"},
}


def own(house: House) -> list[tuple[str, str]]:
    """Type and day of all that the member noted about the own role."""
    found = [record for record in house.ada.records.list() if record.type in OWN]
    return sorted((record.type, str(record.fields.get("last_on", "")) or day_of(record)) for record in found)


async def test_each_type_of_one_s_own_goes_when_it_is_over_and_what_is_current_stays(house: House) -> None:
    house.lead.records.log("programme", preset("you_matter"))
    await house.lead.sync()
    await house.ada.sync()
    first = house.ada.today().isoformat()
    for kind, fields in OWN.items():
        house.ada.records.log(kind, fields)
    house.ada.records.log("availability", {**OWN["availability"], "last_on": first})
    house.hall.pass_days(1)
    second = house.ada.today().isoformat()
    for kind in ("training", "supervision", "plan"):
        house.ada.records.log(kind, OWN[kind])
    days = house.ada.engine.roster.policy.contact_days
    house.hall.pass_days(days)
    await house.ada.sync()
    assert len(own(house)) == 10
    # What was over age yesterday: the first ones, but not those which are replaced a day later.
    house.hall.pass_days(1)
    await house.ada.sync()
    doubled = [(kind, each) for kind in ("plan", "supervision", "training") for each in (first, second)]
    assert own(house) == [("availability", ""), *doubled]
    house.hall.pass_days(1)
    await house.ada.sync()
    current = [("availability", ""), ("plan", second), ("supervision", second), ("training", second)]
    assert own(house) == current
    house.hall.pass_days(2_000)
    for _ in range(2):
        await house.ada.sync()
        await house.second.sync()
        house.hall.pass_days(1)
    assert own(house) == current
    assert house.second.records.list() == house.ada.records.list()


async def test_neither_a_wrong_clock_nor_a_lying_server_deletes_anything(house: House) -> None:
    honest = house.ada.clock
    house.ada.clock = house.ada.engine.clock = lambda: honest() + 1_000 * 86_400
    await house.ada.sync()
    assert len(logged(house.ada)) == 1
    house.ada.clock = house.ada.engine.clock = honest

    def lie(_: object, answer: dict[str, int]) -> None:
        answer["day"] += 1_000

    house.evil.answering(lie)
    await house.second.sync()
    house.hall.pass_days(1)
    await house.second.sync()
    assert len(logged(house.second)) == 1


async def test_once_a_day_is_enough(house: House) -> None:
    house.hall.pass_days(house.ada.engine.roster.policy.contact_days + 1)
    await house.ada.sync()
    assert len(logged(house.ada)) == 1
    assert (await house.ada.sync()).notes == []
    house.hall.pass_days(1)
    await house.ada.sync()
    assert logged(house.ada) == {}
    earlier = (house.ada.today() - timedelta(days=1)).isoformat()
    house.ada.records.log("contact", {**CONTACT, "occurred_on": earlier})
    report = await house.ada.sync()
    assert (report.notes, len(logged(house.ada))) == ([], 1)


async def test_an_unknown_date_is_kept(house: House) -> None:
    (shared,) = logged(house.ada)
    with house.ada.vault.write() as connection:
        change = Change(shared, "contact", 9, deleted=False, fields={"occurred_on": "some day"}, removed=())
        stage(connection, house.personal, change)
    assert old(house.ada.records, Policy(), 10**6, JOINED) == []


async def test_what_a_clock_years_behind_has_dated_is_not_deleted(house: House) -> None:
    """It was over age as soon as it was written, and gone with the next sync."""
    honest = house.ada.clock
    house.ada.clock = house.ada.engine.clock = lambda: honest() - 1_000 * 86_400
    kept = house.ada.records.log("contact", {**CONTACT, "occurred_on": house.ada.today().isoformat()})
    house.ada.clock = house.ada.engine.clock = honest
    for _ in range(2):
        assert (await house.ada.sync()).notes == []
        house.hall.pass_days(1)
    assert kept in logged(house.ada)


ON_CALL: dict[str, Any] = {"weekdays": ["MO"], "starts_at": "20:00", "ends_at": "08:00"}


def last_on(house: House, days: int) -> str:
    return (house.ada.today() + timedelta(days=days)).isoformat()


async def over_age(house: House) -> bytes:
    """An on-call time that both phones know to be over age; the next flush of either would delete it."""
    record = house.ada.records.log("availability", {**ON_CALL, "last_on": last_on(house, 0)})
    await house.everything_arrives()
    house.hall.pass_days(house.ada.engine.roster.policy.contact_days + 1)
    await house.everything_arrives()
    house.hall.pass_days(1)
    return record


def times(phone: Phone) -> dict[bytes, object]:
    return {record.id: record.fields.get("last_on") for record in phone.records.list("availability")}


async def test_what_another_phone_prolonged_meanwhile_is_not_deleted(house: House) -> None:
    """The deletion was staged a day before it was sealed, whatever was pulled in between: the edit was gone."""
    record = await over_age(house)
    longer = last_on(house, 30)
    house.second.records.edit(record, {"last_on": longer})
    await house.second.engine.sync()
    await house.ada.engine.sync(flush=False)
    assert (await house.ada.sync()).notes == ["entries deleted because the programme keeps them no longer: 1"]
    await house.everything_arrives()
    assert times(house.ada) == times(house.second) == {record: longer}


async def test_what_nobody_prolonged_is_deleted_on_all_phones(house: House) -> None:
    await over_age(house)
    await house.everything_arrives()
    assert times(house.ada) == times(house.second) == {}


async def test_a_date_in_conflict_goes_by_the_latest_one(house: House) -> None:
    """The value that won had passed, and the other one, which its owner might have chosen, went with it."""
    record = house.ada.records.log("availability", {**ON_CALL, "last_on": last_on(house, 0)})
    await house.everything_arrives()
    house.ada.records.edit(record, {"last_on": last_on(house, 200)})
    house.second.records.edit(record, {"last_on": last_on(house, 1)})
    await house.everything_arrives()
    (shown,) = house.ada.records.conflicts()
    assert len(shown.conflicts["last_on"]) == 1
    house.hall.pass_days(house.ada.engine.roster.policy.contact_days + 10)
    for _ in range(2):
        await house.everything_arrives()
        house.hall.pass_days(1)
    assert record in times(house.ada)
    house.hall.pass_days(200)
    for _ in range(2):
        await house.everything_arrives()
        house.hall.pass_days(1)
    assert times(house.ada) == times(house.second) == {}


async def test_a_deletion_that_the_server_refused_is_decided_anew(house: House) -> None:
    """Between its pull and its push another phone had said more: sealed again, it would have overruled that, too."""
    record = await over_age(house)
    await house.ada.engine.sync(flush=False)
    assert delete_old(house.ada.engine, house.ada.records)
    assert times(house.ada) == {}
    longer = last_on(house, 30)
    house.second.records.edit(record, {"last_on": longer})
    await house.second.engine.sync()
    with house.ada.vault.write() as connection:
        house.ada.engine.writer.reseal(connection, house.personal)
    await house.everything_arrives()
    assert times(house.ada) == times(house.second) == {record: longer}


async def test_without_a_key_nothing_is_left_to_delete_later(house: House) -> None:
    record = await over_age(house)
    with house.ada.vault.write() as connection:
        connection.execute("DELETE FROM epoch_keys WHERE log = ?", (house.personal,))
    assert delete_old(house.ada.engine, house.ada.records) == []
    assert record in times(house.ada)


def test_who_left_too_many_conflicts_keeps_the_entry() -> None:
    lost: list[Value] = [f"2024-01-{number:02}" for number in range(1, 29)]
    conflicts = {"occurred_on": lost, "followup_due": lost}
    fields: dict[str, Any] = {"occurred_on": "2023-01-01", "followup_due": "none"}
    record = Record(b"r", "contact", 1, "personal", fields, conflicts, unsent=False)
    assert READINGS < 29 * 29
    assert readings(record) == []
    assert readings(replace(record, conflicts={"disposition": lost})) == [fields]
    removed: dict[str, list[Value]] = {"occurred_on": [REMOVED]}
    assert readings(replace(record, conflicts=removed)) == [fields, {"followup_due": "none"}]


STEPS = st.lists(
    st.tuples(st.sampled_from(("prolong", "send", "sync", "sync", "days")), st.integers(0, 1), st.integers(1, 40)),
    min_size=4,
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
@example([("prolong", 0, 1), ("prolong", 0, 1), ("send", 0, 1), ("sync", 1, 1)])
def test_no_schedule_deletes_what_the_phone_had_heard_to_be_current(
    built: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("schedule") / "house"
    shutil.copytree(built, folder)

    async def run() -> None:
        async with Hall(folder) as hall:
            await play(hall, [hall.open_phone(name) for name in ("ada", "second")], steps)

    asyncio.run(run())


async def play(hall: Hall, phones: list[Phone], steps: list[tuple[str, int, int]]) -> None:
    """Each edit prolongs what its phone shows: the latest day that the phone had heard of, or says itself, is current.

    What the other phone sent since is lost with the entry (threat model, *Retention against another phone's edit*).
    """
    record = phones[0].records.log("availability", {**ON_CALL, "last_on": phones[0].today().isoformat()})
    for phone in (*phones, *phones):
        await phone.sync()
    kept = phones[0].engine.roster.policy.contact_days
    hall.pass_days(kept + 1)
    for phone in phones:
        await phone.sync()
    hall.pass_days(1)
    served = str(phones[0].records.get(record).fields["last_on"])
    heard, unsent = [served, served], ["", ""]
    for step, who, number in steps:
        phone = phones[who]
        if step == "days":
            hall.pass_days(min(number, 12))
        elif step == "prolong" and record in times(phone):
            unsent[who] = (date.fromisoformat(str(times(phone)[record])) + timedelta(days=number)).isoformat()
            phone.records.edit(record, {"last_on": unsent[who]})
        elif step in ("sync", "send"):
            before = record in times(phone)
            said, served = max(heard[who], unsent[who]), max(served, unsent[who])
            await (phone.sync() if step == "sync" else phone.engine.sync())
            heard[who], unsent[who] = served, ""
            if before and record not in times(phone):
                cut = phone.today() - timedelta(days=kept)
                assert said < cut.isoformat(), (said, cut)
                return
