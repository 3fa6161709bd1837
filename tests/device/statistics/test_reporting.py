"""Phones that report: once, the same bytes, known to the account's other phones, and no more than the floors allow."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from crypto.public.base64url import b64
from device.checkins import check_in
from device.phone import Phone
from device.statistics.reported import DENIED, REFUSED, TAKEN, Reported, why_not
from device.statistics.reported import reported as records_of
from device.statistics.reporting import _make
from schemas.period import number_of
from schemas.task import Axis, Task
from stats.instance import instance_of
from tests.device.statistics.programme import DECEMBER, Programme, table
from tests.support.evil import Json

REPORTS = "/v1/reports"
ZONES = Axis("zone", ("green", "orange", "red", "yellow"))
WELLBEING = Task("wellbeing", (ZONES,), "supporter", 1, 100, 8, "quarter", 2)


def own(phone: Phone) -> list[Reported]:
    return records_of(phone.records.view, phone.vault.read())


def sent(programme: Programme) -> int:
    return programme.hall.wire.requests.count(REPORTS)


async def test_a_phone_reports_once_at_its_own_moment(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    await phone.sync()
    ((moment,),) = phone.vault.read().execute("SELECT moment FROM moments").fetchall()
    programme.go_past(DECEMBER, 0)
    last = programme.hall.now - 43_200 + 86_400
    assert last <= moment < last + 14 * 86_400
    programme.hall.now = moment - 100_000
    await phone.sync()
    assert own(phone) == []
    programme.hall.now = moment + 1.0
    before = sent(programme)
    for _ in range(3):
        await phone.sync()
    (one,) = own(phone)
    assert (one.outcome, one.cells, one.counted, one.opening) == (TAKEN, {}, (), programme.opening)
    assert sent(programme) == before + 1
    assert phone.vault.read().execute("SELECT count(*) FROM reports").fetchone() == (0,)


async def test_the_same_bytes_are_sent_until_the_server_has_them(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 15)
    seen = list[bytes]()

    def lose(request: Any) -> str:
        if request.url.path != REPORTS:
            return ""
        seen.append(request.content)
        return "answer" if len(seen) % 2 else "request"

    programme.hall.wire.lose = lose
    for _ in range(2):
        with pytest.raises(Exception, match="no answer"):
            await phone.sync()
    programme.hall.wire.be_honest()
    await phone.sync()
    assert len(seen) > 2
    assert len(set(seen)) == 1
    assert [one.outcome for one in own(phone)] == [TAKEN]


async def test_two_phones_of_an_account_report_once(early: Programme) -> None:
    programme, first = early, early.phones[3]
    second = await programme.hall.linked(first, "second of three")
    programme.go_to(date(2024, 12, 10))
    record = programme.contact(first, "group")
    await first.sync()
    await second.sync()
    programme.go_past(DECEMBER, 15)
    # Both make their report before either hears of the other's: the record goes first, the report does not arrive.
    programme.hall.wire.lose = lambda request: "request" if request.url.path == REPORTS else ""
    with pytest.raises(Exception, match="no answer"):
        await first.sync()
    programme.hall.wire.lose = lambda request: "request" if request.url.path in (REPORTS, "/v1/sync") else ""
    await _make(second.engine, second.records, programme.opening)
    programme.hall.wire.be_honest()
    await second.sync()
    await first.sync()
    for _ in range(2):
        await first.sync()
        await second.sync()
    assert sorted(one.outcome for one in own(first)) == [REFUSED, TAKEN]
    assert own(first) == own(second)
    assert {one.counted for one in own(first)} == {(record,)}


async def test_a_second_phone_that_knows_of_a_report_makes_none(early: Programme) -> None:
    programme, first = early, early.phones[3]
    second = await programme.hall.linked(first, "second of three")
    programme.go_past(DECEMBER, 15)
    await first.sync()
    before = sent(programme)
    await second.sync()
    assert sent(programme) == before
    assert len(own(second)) == 1


async def test_a_phone_that_dies_at_every_step_reports_once(early: Programme) -> None:
    programme = early
    programme.go_to(date(2024, 12, 10))
    record = programme.contact(programme.phones[3], "one_to_one")
    await programme.phones[3].sync()
    programme.go_past(DECEMBER, 15)
    bodies = set[bytes]()

    async def reports(phone: Phone) -> None:
        before = programme.hall.wire.lose

        def watch(request: Any) -> str:
            if request.url.path == REPORTS:
                bodies.add(request.content)
            return str(before(request))

        programme.hall.wire.lose = watch
        await phone.sync()

    assert await programme.dies_at_every_step(3, reports) > 5
    assert len(bodies) == 1
    await programme.phones[3].sync()
    (one,) = own(programme.phones[3])
    assert (one.outcome, one.counted) == (TAKEN, (record,))


async def test_what_is_above_the_bound_is_counted_in_the_next_period(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_to(date(2024, 12, 10))
    records = [programme.contact(phone, "one_to_one") for _ in range(5)]
    await phone.sync()
    january = DECEMBER + 1
    await programme.lead.sync()
    await programme.lead.statistics.open(programme.task_id, january)
    programme.go_past(DECEMBER, 15)
    await phone.sync()
    programme.contact(phone, "group")
    programme.go_past(january, 15)
    await phone.sync()
    first, second = sorted(own(phone), key=lambda one: one.period)
    assert (first.cells, second.cells) == ({2: 3}, {0: 1, 2: 2})
    assert set(first.counted) | set(second.counted) >= set(records)
    assert not set(first.counted) & set(second.counted)


async def test_a_period_that_is_opened_once_more_is_reported_once_more(early: Programme) -> None:
    programme, lead, eager = early, early.lead, early.phones[3]
    programme.go_to(date(2024, 12, 10))
    programme.log(eager, "group")
    await eager.sync()
    programme.go_past(DECEMBER, 5)
    with eager.vault.write() as connection:
        connection.execute("UPDATE moments SET moment = 0")
    await eager.sync()
    assert [one.outcome for one in own(eager)] == [TAKEN]
    with lead.vault.write() as connection:
        connection.execute("DELETE FROM offer_keys")
    first, programme.opening = programme.opening, await lead.statistics.open(programme.task_id, DECEMBER)
    assert lead.engine.roster.openings[first].ended is not None
    programme.go_past(DECEMBER, 20)
    assert await programme.everybody_syncs() == []
    assert sorted(one.opening for one in own(eager)) == sorted([first, programme.opening])
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    await lead.statistics.release(programme.opening)
    assert programme.exact() == programme.truth


async def test_a_report_that_comes_too_late_is_told(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 20)
    programme.hall.wire.lose = lambda request: "request" if request.url.path == REPORTS else ""
    with pytest.raises(Exception, match="no answer"):
        await phone.sync()
    programme.hall.wire.be_honest()
    programme.go_past(DECEMBER, 25)
    notes = (await phone.sync()).notes
    assert [one for one in notes if "came too late" in one and "not counted again" in one]
    assert [one.outcome for one in own(phone)] == [DENIED]
    assert (await phone.sync()).notes == []


async def test_a_refused_report_is_not_made_again(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 15)
    programme.evil.refusing("report-exists", path=REPORTS)
    for _ in range(3):
        await phone.sync()
    assert [one.outcome for one in own(phone)] == [DENIED]
    assert phone.statistics.upcoming() == []


async def test_a_server_that_lost_the_roster_gets_the_same_report_later(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 15)
    programme.evil.refusing("witness-unknown", path=REPORTS)
    report = await phone.sync()
    assert [note for note in report.notes if "waits" in note]
    assert [one.outcome for one in own(phone)] == [""]
    programme.hall.wire.be_honest()
    await phone.sync()
    assert [one.outcome for one in own(phone)] == [TAKEN]


async def test_a_phone_that_comes_in_again_sends_what_it_made(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    other = await programme.hall.linked(phone, "another of three")
    programme.go_past(DECEMBER, 15)
    programme.hall.wire.lose = lambda request: "request" if request.url.path == REPORTS else ""
    with pytest.raises(Exception, match="no answer"):
        await phone.sync()
    programme.hall.wire.be_honest()
    await other.revoke(phone.engine.identity.device)
    with pytest.raises(Exception, match="session-refused"):
        await phone.sync()
    phone.accept(await other.link())
    await phone.come_in()
    await phone.sync()
    assert [one.outcome for one in own(phone)] == [TAKEN]


async def test_nothing_is_sealed_to_a_key_that_the_roster_does_not_name(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 15)

    def swap(answer: Json) -> None:
        answer["keys"] = [b64(programme.lead.engine.identity.hpke.public) for _ in answer["keys"]]

    before = sent(programme)
    programme.evil.answering(lambda _, answer: swap(answer), path="/v1/keys")
    report = await phone.sync()
    assert [one for one in report.notes if one.startswith("statistics wait")]
    assert sent(programme) == before
    assert own(phone) == []
    programme.hall.wire.be_honest()
    await phone.sync()
    assert [one.outcome for one in own(phone)] == [TAKEN]


async def test_a_restored_roster_gets_no_second_report_and_no_more_budget(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 15)
    await phone.sync()
    roster, (one,) = phone.engine.roster, own(phone)
    opening, other = roster.openings[programme.opening], bytes(32)
    forgetful = replace(
        roster,
        openings=roster.openings.delete(programme.opening).set(other, opening),
        years=roster.years.set(2024, (other,)),
    )
    assert "has reported for the same table" in why_not(forgetful, [one], other)
    assert why_not(roster, [one], programme.opening) == ""
    # The opening was replaced, as the roster says: nothing of the first report is ever added up.
    ended = replace(forgetful, openings=forgetful.openings.set(programme.opening, replace(opening, ended=99)))
    assert why_not(ended, [one], other) == ""
    # The same table stated anew has another id: three of them were reported to, and a fourth is not.
    tables = [replace(one, opening=bytes([n]) * 32, task=bytes([n]) * 32) for n in (1, 2, 3)]
    assert "activity tables" in why_not(forgetful, tables, other)
    assert why_not(forgetful, tables[:2], other) == ""
    assert why_not(forgetful, [replace(each, outcome=REFUSED) for each in tables], other) == ""


async def test_check_ins_are_counted_of_who_opts_in_alone(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    quarter = number_of("quarter", date(2024, 12, 1))
    task = await programme.lead.statistics.define(WELLBEING)
    await programme.lead.statistics.open(task, quarter)
    programme.go_to(date(2024, 12, 10))
    await phone.sync()
    check_in(phone.records, "stress_continuum", {"zone": 3})
    assert not phone.statistics.wellbeing
    (shown,) = [one for one in phone.statistics.upcoming() if one.task.source == "wellbeing"]
    assert shown.cells == (("None", 1),)
    phone.statistics.set_wellbeing(on=True)
    (shown,) = [one for one in phone.statistics.upcoming() if one.task.source == "wellbeing"]
    assert [number for _, number in shown.cells] == [1]
    assert shown.cells[0][0] != "None"
    phone.statistics.set_wellbeing(on=False)
    assert not phone.statistics.wellbeing
    (shown,) = [one for one in phone.statistics.upcoming() if one.task.source == "wellbeing"]
    assert shown.cells == (("None", 1),)
    programme.go_to(date(2024, 12, 11))
    phone.statistics.set_wellbeing(on=True)
    # Answered before that day.
    (shown,) = [one for one in phone.statistics.upcoming() if one.task.source == "wellbeing"]
    assert shown.cells == (("None", 1),)
    phone.statistics.set_wellbeing(on=False)
    second = await programme.hall.linked(phone, "second of three")
    await phone.sync()
    await second.sync()
    assert not second.statistics.wellbeing
    programme.go_to(date(2025, 1, 20))
    await phone.sync()
    (one,) = [one for one in own(phone) if one.counted_task.source == "wellbeing"]
    assert (one.cells, one.counted, one.outcome) == ({WELLBEING.cells - 1: 1}, (), TAKEN)


async def test_check_ins_are_not_counted_while_two_phones_say_otherwise_of_it(early: Programme) -> None:
    """The newer word won, also over an "off" that its phone had never seen; the owner was shown no conflict."""
    programme, phone = early, early.phones[3]
    second = await programme.hall.linked(phone, "second of three")
    await phone.sync()
    phone.statistics.set_wellbeing(on=False)
    programme.contact(second, "group")
    await second.sync()
    second.statistics.set_wellbeing(on=True)
    assert second.statistics.wellbeing
    for one in (second, phone, second):
        await one.sync()
    state = second.records.view.state(second.records.view.logs["personal"][:16])
    assert state is not None
    assert state[1].values()["wellbeing"] is True
    assert [one.statistics.wellbeing for one in (phone, second)] == [False, False]
    phone.statistics.set_wellbeing(on=True)
    await phone.sync()
    await second.sync()
    assert [one.statistics.wellbeing for one in (phone, second)] == [True, True]


async def test_the_owner_sees_exactly_what_was_sent(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_to(date(2024, 12, 10))
    programme.contact(phone, "group")
    (shown,) = phone.statistics.upcoming()
    assert (shown.cells, shown.period) == ((("Group", 1),), DECEMBER)
    assert "9 accounts count" in shown.card.people
    programme.go_past(DECEMBER, 15)
    bodies = list[bytes]()

    def note(request: Any) -> str:
        if request.url.path == REPORTS:
            bodies.append(request.content)
        return ""

    programme.hall.wire.lose = note
    await phone.sync()
    (told,) = phone.statistics.sent()
    assert (told.cells, told.counted, told.outcome) == ((("Group", 1),), 1, TAKEN)
    assert phone.statistics.upcoming() == []
    assert len(bodies) == 1
    assert len(bodies[0]) < 40_000


async def test_reports_and_keys_are_no_part_of_an_export(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    programme.go_past(DECEMBER, 15)
    phone.statistics.set_wellbeing(on=False)
    await phone.sync()
    assert phone.records.export() == []
    assert phone.records.list() == []
    assert instance_of(table()).shares == 2
