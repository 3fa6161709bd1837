"""What phones learn of a closed period: whether their report is in it, by what the lead signed and nobody else says."""

from datetime import date
from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from device.phone import Phone
from device.statistics import aggregating
from device.statistics.reported import COUNTED, DENIED, LEFT_OUT, TAKEN, Reported
from device.statistics.reported import reported as records_of
from sync.report import accepted_hash, receipt
from tests.device.statistics.programme import DECEMBER, Programme
from tests.support.evil import Change, Json, problem

REPORTS, ACCEPTED = "/v1/reports", "/v1/accepted"
JANUARY = DECEMBER + 1


def own(phone: Phone) -> list[Reported]:
    return sorted(records_of(phone.records.view, phone.vault.read()), key=lambda one: (one.period, one.record))


def outcomes(phone: Phone) -> list[str]:
    return [one.outcome for one in own(phone)]


async def closed(programme: Programme) -> int:
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    return await programme.close()


async def unheard(programme: Programme, phone: Phone) -> None:
    """December, opened for January too: everybody reports, and one phone's report does not arrive."""
    programme.go_to(date(2024, 12, 10))
    programme.contact(phone, "group")
    await programme.lead.statistics.open(programme.task_id, JANUARY)
    await phone.sync()
    programme.go_past(DECEMBER, 15)
    await programme.everybody_syncs(but=[phone])
    programme.hall.wire.lose = lambda request: "request" if request.url.path == REPORTS else ""
    with pytest.raises(Exception, match="no answer"):
        await phone.sync()
    programme.hall.wire.be_honest()


@pytest.mark.parametrize("released", [False, True])
async def test_everybody_sees_that_it_counted(reported: Programme, released: bool) -> None:
    programme = reported
    assert await closed(programme) == 9
    if released:
        await programme.lead.statistics.release(programme.opening)
    assert await programme.everybody_syncs() == []
    assert [outcomes(phone) for phone in programme.phones] == [[COUNTED]] * 9
    asked = programme.hall.wire.requests.count(ACCEPTED)
    await programme.everybody_syncs()
    assert programme.hall.wire.requests.count(ACCEPTED) == asked


async def test_what_is_in_no_total_counts_in_the_next_period(early: Programme) -> None:
    programme, phone = early, early.phones[3]
    await unheard(programme, phone)
    assert await closed(programme) == 8
    notes = (await phone.sync()).notes
    said = "this account's report for the period to 2024-12-31 is not in the total: what it counts is counted next time"
    assert notes == [said]
    assert outcomes(phone) == [LEFT_OUT]
    assert phone.vault.read().execute("SELECT count(*) FROM reports").fetchone() == (0,)
    assert (await phone.sync()).notes == []
    programme.go_past(JANUARY, 15)
    await phone.sync()
    first, second = own(phone)
    assert (first.cells, second.cells) == ({0: 1}, {0: 1})
    assert first.counted == second.counted
    assert (first.outcome, second.outcome) == (LEFT_OUT, TAKEN)


async def test_a_report_that_the_server_denied_and_added_up_is_not_counted_again(early: Programme) -> None:
    programme, victim = early, early.phones[3]
    programme.go_to(date(2024, 12, 10))
    programme.log(victim, "group")
    await programme.lead.statistics.open(programme.task_id, JANUARY)
    await programme.everybody_syncs()
    programme.go_past(DECEMBER, 15)
    await programme.everybody_syncs(but=[victim])
    programme.hall.wire.tamper = lambda request, response: (
        problem("report-late") if request.url.path == REPORTS and response.status_code == 200 else response
    )
    await victim.sync()
    programme.hall.wire.be_honest()
    assert outcomes(victim) == [DENIED]
    assert await closed(programme) == 9
    await victim.sync()
    assert outcomes(victim) == [COUNTED]
    programme.go_past(JANUARY, 15)
    await victim.sync()
    assert [one.cells for one in own(victim)] == [{0: 1}, {}]
    await programme.lead.statistics.release(programme.opening)
    assert programme.exact() == programme.truth


async def test_no_list_but_the_one_that_the_lead_signed_is_believed(early: Programme) -> None:
    """A server that wants a contact in two tables says that the report was left out; one that dropped it, that not."""
    programme, dropped, counted = early, early.phones[3], early.phones[4]
    await unheard(programme, dropped)
    assert await closed(programme) == 8

    def leave_out(answer: Json) -> None:
        account, (one,) = counted.engine.identity.account, own(counted)
        answer["receipts"].remove(b64(receipt(programme.opening, account, one.record)))

    def add(answer: Json) -> None:
        account, (one,) = dropped.engine.identity.account, own(dropped)
        answer["receipts"] = sorted([*answer["receipts"], b64(receipt(programme.opening, account, one.record))])

    changes: list[tuple[Phone, Change, str]] = [
        (counted, lambda _, answer: leave_out(answer), TAKEN),
        (dropped, lambda _, answer: add(answer), ""),
    ]
    for phone, change, before in changes:
        programme.evil.answering(change, path=ACCEPTED)
        notes = (await phone.sync()).notes
        assert [note for note in notes if "another list of reports than the period was closed with" in note]
        assert outcomes(phone) == [before]
        programme.hall.wire.be_honest()
    for phone, expected in ((counted, COUNTED), (dropped, LEFT_OUT)):
        await phone.sync()
        assert outcomes(phone) == [expected]


async def test_a_list_names_nobody(early: Programme) -> None:
    """Of forty accounts one or two may be left out: a member would find them by trying, if ids were all it took."""
    programme, curious = early, early.phones[4]
    await unheard(programme, programme.phones[3])
    assert await closed(programme) == 8
    lists = list[frozenset[bytes]]()

    def note(answer: Json) -> None:
        lists.append(frozenset(unb64(one) for one in answer["receipts"]))

    programme.evil.answering(lambda _, answer: note(answer), path=ACCEPTED)
    await curious.sync()
    (listed,), (report,) = lists, own(curious)
    accounts = [*curious.engine.roster.accounts]
    opening, signed = programme.opening, curious.engine.roster.openings[programme.opening].accepted
    nonces = (report.record, bytes(16))
    tried = {receipt(opening, account, nonce): account for account in accounts for nonce in nonces}
    assert [tried[one] for one in listed & tried.keys()] == [curious.engine.identity.account]
    for left_out in accounts:
        guesses = [one for one in accounts if one != left_out]
        assert accepted_hash(opening, guesses) != signed
        for nonce in nonces:
            assert accepted_hash(opening, [receipt(opening, one, nonce) for one in guesses]) != signed


async def test_a_server_that_shows_no_list_leaves_it_open(reported: Programme) -> None:
    programme, phone = reported, reported.phones[3]
    assert await closed(programme) == 9
    programme.evil.refusing("opening-void", path=ACCEPTED)
    for _ in range(2):
        assert (await phone.sync()).notes == []
    assert outcomes(phone) == [TAKEN]
    programme.hall.wire.be_honest()
    await phone.sync()
    assert outcomes(phone) == [COUNTED]


async def test_a_phone_that_comes_long_after_does_not_ask(reported: Programme) -> None:
    programme, phone = reported, reported.phones[3]
    await closed(programme)
    programme.go_past(DECEMBER, 91)
    asked = programme.hall.wire.requests.count(ACCEPTED)
    await phone.sync()
    assert programme.hall.wire.requests.count(ACCEPTED) == asked
    assert outcomes(phone) == [TAKEN]


async def test_another_phone_of_the_account_learns_it_too(reported: Programme) -> None:
    programme, first = reported, reported.phones[3]
    second = await programme.hall.linked(first, "second of three")
    await closed(programme)
    await second.sync()
    assert outcomes(second) == [COUNTED]
    programme.hall.now += 2 * 86_400
    await second.sync()
    asked = programme.hall.wire.requests.count(ACCEPTED)
    await first.sync()
    assert outcomes(first) == [COUNTED]
    assert programme.hall.wire.requests.count(ACCEPTED) <= asked + 1


async def test_a_phone_that_dies_at_every_step_learns_it(early: Programme) -> None:
    programme = early
    await unheard(programme, programme.phones[3])
    assert await closed(programme) == 8
    assert await programme.dies_at_every_step(3, Phone.sync) > 5
    assert outcomes(programme.phones[3]) == [LEFT_OUT]


@pytest.mark.parametrize("when", ["before the end", "after the end"])
async def test_a_decision_during_the_closing_voids_nothing(
    shared: Programme, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The second aggregator's share of the ninth report comes while the lead closes the period."""
    programme, lead, second = shared, shared.lead, shared.second
    programme.evil.answering(lambda _, answer: answer["reports"].pop(), path=REPORTS)
    await programme.second.sync()
    await programme.second.statistics.serve()
    programme.hall.wire.be_honest()
    programme.go_past(DECEMBER, 22)
    end = aggregating.end_decisions

    async def raced(*given: Any) -> None:
        if when == "before the end":
            await second.statistics.serve()
        await end(*given)
        if when == "after the end":
            await second.statistics.serve()

    monkeypatch.setattr(aggregating, "end_decisions", raced)
    closed_with = await lead.statistics.close(programme.opening)
    assert closed_with == (9 if when == "before the end" else 8)
    await second.sync()
    await second.statistics.serve()
    table = await lead.statistics.release(programme.opening)
    assert (table.reports, table.rejected) == (closed_with, 9 - closed_with)
    await programme.everybody_syncs()
    assert sum(outcomes(phone) == [COUNTED] for phone in programme.phones) == closed_with
