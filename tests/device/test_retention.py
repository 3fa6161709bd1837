"""Retention: what the programme keeps no longer is deleted on every phone, by dates that clock and server agree on."""

from datetime import timedelta
from typing import Any

from device.checkins import check_in
from device.pending import stage
from device.retention import READINGS, old
from device.view import day_of
from schemas.records import preset
from sync.device.changes import Change
from sync.statements import Policy
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged

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
    house.hall.pass_days(days - 1)
    await house.ada.sync()
    assert len(own(house)) == 10
    # The day after the last of the first ones, but not of those which are replaced a day later.
    house.hall.pass_days(1)
    await house.ada.sync()
    doubled = [(kind, each) for kind in ("plan", "supervision", "training") for each in (first, second)]
    assert own(house) == [("availability", ""), *doubled]
    house.hall.pass_days(1)
    await house.ada.sync()
    current = [("availability", ""), ("plan", second), ("supervision", second), ("training", second)]
    assert own(house) == current
    house.hall.pass_days(2_000)
    await house.ada.sync()
    await house.second.sync()
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
