"""Attacks on statistics as phones meet them, and what their owners see (docs/statistics/for-reviewers.md)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from crypto.public.base64url import b64, unb64
from crypto.public.encoding import encode
from device.outbox import Rows
from device.phone import Phone
from device.statistics import keys
from device.statistics.reported import COUNTED, DENIED, TAKEN, Reported
from device.statistics.reported import reported as records_of
from device.transport import ServerProblem
from stats.instance import instance_of
from stats.prio3.share import Share
from store.mailbox import release
from sync import statistics
from sync.device.replica import ServerFault
from tests.device.statistics.programme import DECEMBER, Programme, accepted_by, closed_with
from tests.support.evil import Json, problem

REPORTS = "/v1/reports"


def own(phone: Phone) -> list[Reported]:
    return sorted(records_of(phone.records.view, phone.vault.read()), key=lambda one: one.period)


async def state_task(programme: Programme, task: Any) -> None:
    """A lead's client that judges nothing itself."""

    async def decide(_: Any) -> Any:
        return statistics.Task(programme.lead.engine.writer.day(), task), Rows()

    await programme.lead.engine.publish(decide)


async def released(programme: Programme) -> Any:
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.close()
    return await programme.lead.statistics.release(programme.opening)


# The lead.


async def test_a_lead_with_sock_puppets_meets_the_noise_and_the_card_tells(early: Programme) -> None:
    """Eight of nine accounts are the lead's own, whose reports it knows: what is left is one person's, with noise."""
    programme, victim = early, early.phones[8]
    (shown,) = victim.statistics.upcoming()
    assert "9 accounts count. Nothing was counted before, so all are new: 8 invited by" in shown.card.people
    assert "made-up accounts weaken the protection" in shown.card.people
    programme.go_to(date(2024, 12, 10))
    programme.log(victim, "group")
    await programme.everybody_syncs()
    programme.go_past(DECEMBER, 15)
    await programme.everybody_syncs()
    table = await released(programme)
    # What the lead reads is the one contact and the noise.
    assert programme.truth == programme.exact() == [1, 0, 0]
    assert programme.task.scale == 2
    assert (table.task.epsilon, table.task.noises) == (100, 1)


async def test_puppets_of_a_new_table_are_told_as_new(early: Programme) -> None:
    """A table stated anew, or one opened in between, makes nobody an old acquaintance."""
    programme, victim = early, early.phones[8]
    january = DECEMBER + 1
    puppet = await programme.hall.joined(programme.lead, "puppet")
    for bound in (2, 1):
        task = await programme.lead.statistics.define(replace(programme.task, bound=bound))
        programme.go_to(date(2024, 12, 20))
        await programme.lead.statistics.open(task, january)
    await victim.sync()
    cards = [one.card.people for one in victim.statistics.upcoming() if one.period == january]
    assert len(cards) == 2
    name = f"account {puppet.engine.identity.account.hex()[:8]}"
    assert all(f"10 accounts count, 1 of them new: {name} (invited by account" in one for one in cards)


async def test_a_task_below_a_floor_is_refused_by_phones_though_lead_and_server_agree(
    early: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme, victim = early, early.phones[8]
    await victim.sync()
    known = dict(victim.engine.roster.tasks)
    with monkeypatch.context() as colluding:
        colluding.setattr("sync.tables.check_floors", lambda _: None)
        await state_task(programme, replace(programme.task, epsilon=1_000, k=2))
    with pytest.raises(ServerFault, match=r"task-floor|no release is of fewer"):
        await victim.sync()
    assert dict(victim.engine.roster.tasks) == known
    assert own(victim) == []


async def test_a_task_that_is_changed_on_its_way_is_none(early: Programme) -> None:
    """A server that makes 0.99 of the epsilon 0.50 that the lead signed."""
    programme, victim = early, early.phones[8]
    half = replace(programme.task, epsilon=50)
    before, after = (encode(each.as_array()) for each in (half, replace(half, epsilon=99)))
    await state_task(programme, half)
    changed = list[Json]()

    def weaken(_: Json, answer: Json) -> None:
        for part in answer["logs"]:
            for entry in part.get("entries", []):
                body = unb64(entry["body"]) if entry.get("body") else b""
                if before in body:
                    entry["body"] = b64(body.replace(before, after))
                    changed.append(entry)

    programme.evil.answering(weaken)
    with pytest.raises(ServerFault):
        await victim.sync()
    assert changed
    assert replace(half, epsilon=99) not in victim.engine.roster.tasks.values()
    programme.hall.wire.be_honest()
    await victim.sync()
    assert half in victim.engine.roster.tasks.values()


async def test_a_server_and_a_lead_get_no_second_share_of_one_report_alone(shared: Programme) -> None:
    """Together they show the second aggregator one report, close with that one, and lack nothing but its share."""
    programme, lead, second, victim = shared, shared.lead, shared.second, shared.phones[2]
    account = victim.engine.identity.account

    def only(_: Json, answer: Json) -> None:
        answer["reports"] = [one for one in answer["reports"] if one["account"] == b64(account)]

    programme.evil.answering(only, path=REPORTS)
    await second.sync()
    await second.statistics.serve()
    await lead.statistics.aggregate(programme.opening)
    programme.hall.wire.be_honest()
    programme.go_past(DECEMBER, 22)
    (report,) = own(victim)
    await closed_with(lead, programme.opening, {account: report.record})
    await second.sync()
    assert accepted_by(second, programme.opening).keys() <= {account}
    with pytest.raises(ServerFault, match="1 reports are accepted, and a release needs 8: nothing is added up"):
        await second.statistics.serve()
    assert second.vault.read().execute("SELECT count(*) FROM totals").fetchone() == (0,)


async def test_a_server_without_noise_and_a_lead_with_puppets_meet_the_second_aggregators_noise(
    shared: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All accounts but the last are made up, one honest report is dropped, and the server adds nothing: seven known
    reports, and the victim's. How often it is guessed right: `tests/stats/test_guessing.py`.
    """
    programme, victim, dropped = shared, shared.phones[8], shared.phones[2]
    key = programme.noise_key
    monkeypatch.setattr(release, "noised", lambda total, *_: total)

    def without(_: Json, answer: Json) -> None:
        account = b64(dropped.engine.identity.account)
        answer["reports"] = [one for one in answer["reports"] if one["account"] != account]

    programme.evil.answering(without, path=REPORTS)
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 8
    table = await programme.lead.statistics.release(programme.opening)
    (told,) = own(victim)
    left = [cell - told.cells.get(at, 0) for at, cell in enumerate(table.cells)]
    assert left == programme.drawn(2, key)
    # The key was on the second aggregator's phone alone, and is nowhere now.
    files = [path.read_bytes() for path in programme.hall.settings.data.iterdir() if path.is_file()]
    assert files
    assert not [one for one in files if key in one]
    for phone in programme.phones:
        held = phone.vault.read().execute("SELECT noise FROM offer_keys").fetchall()
        assert (key,) not in held


async def test_a_lead_who_closes_falsely_holds_up_no_table_of_another(shared: Programme) -> None:
    """The second aggregator refuses the one sum, says so, and goes on with all other periods."""
    programme, lead, second = shared, shared.lead, shared.second
    await programme.aggregate()
    twin = await lead.statistics.define(replace(programme.task, bound=2))
    await second.sync()
    await second.statistics.serve()
    await lead.sync()
    openings = [await lead.statistics.open(task, DECEMBER + 1) for task in (programme.task_id, twin)]
    programme.go_past(DECEMBER, 22)
    known = accepted_by(lead, programme.opening)
    last = max(known)
    await closed_with(lead, programme.opening, {one: known[one] for one in known if one != last})
    await second.sync()
    with pytest.raises(ServerFault, match="another list than this phone accepted: nothing is added up"):
        await second.statistics.serve()
    roster, connection = second.engine.roster, second.vault.read()
    assert all(keys.verify_key(connection, roster.openings[one]) for one in openings)


# The server.


async def test_a_sum_that_the_server_refuses_holds_up_no_table_of_another(shared: Programme) -> None:
    """A restored server has lost the reports of one period for good: the second aggregator stopped there ever after."""
    programme, lead, second = shared, shared.lead, shared.second
    await programme.aggregate()
    await second.sync()
    await second.statistics.serve()
    await lead.sync()
    await lead.statistics.open(programme.task_id, DECEMBER + 1)
    programme.go_past(DECEMBER, 22)
    await lead.statistics.close(programme.opening)
    await second.sync()
    programme.evil.refusing("opening-void", path="/v1/shares")
    with pytest.raises(ServerProblem, match="opening-void"):
        await second.statistics.serve()
    roster, connection = second.engine.roster, second.vault.read()
    assert len(roster.openings) == 2
    assert all(keys.verify_key(connection, one) for one in roster.openings.values())


@pytest.mark.parametrize("name", ["report-late", "not-open", "report-exists"])
async def test_a_server_that_denies_a_report_gets_its_contacts_no_second_time(early: Programme, name: str) -> None:
    """It keeps the report and says that it came too late: in January's table the same contacts would be again."""
    programme, victim = early, early.phones[3]
    programme.go_to(date(2024, 12, 10))
    programme.contact(victim, "group")
    await programme.lead.statistics.open(programme.task_id, DECEMBER + 1)
    await victim.sync()
    programme.go_past(DECEMBER, 15)
    programme.hall.wire.tamper = lambda request, response: (
        problem(name) if request.url.path == REPORTS and response.status_code == 200 else response
    )
    notes = (await victim.sync()).notes
    assert [one for one in notes if "not counted again" in one]
    programme.hall.wire.be_honest()
    assert [one.outcome for one in own(victim)] == [DENIED]
    assert programme.hall.app.state.services.mailbox.progress(programme.opening).reports == 1
    programme.go_past(DECEMBER + 1, 15)
    await victim.sync()
    assert [(one.outcome, one.cells) for one in own(victim)] == [(DENIED, {0: 1}), (TAKEN, {})]


async def test_a_server_that_denies_one_of_two_phones_reports_counts_once(early: Programme) -> None:
    programme, first = early, early.phones[3]
    programme.go_past(DECEMBER, 15)
    programme.evil.refusing("report-exists", path=REPORTS)
    for _ in range(2):
        await first.sync()
    second = await programme.hall.linked(first, "second of three")
    await second.sync()
    programme.hall.wire.be_honest()
    await second.sync()
    assert [one.outcome for one in own(second)] == [DENIED]


async def test_a_server_that_replays_reports_of_another_opening_is_found(early: Programme) -> None:
    programme, lead = early, early.lead
    task = await lead.statistics.define(replace(programme.task, bound=2))
    twin = await lead.statistics.open(task, DECEMBER)
    programme.go_past(DECEMBER, 15)
    await programme.everybody_syncs()
    pages = list[Json]()

    def replay(_: Json, answer: Json) -> None:
        pages.append(dict(answer))
        answer["reports"] = pages[0]["reports"]

    programme.evil.answering(replay, path=REPORTS)
    await lead.statistics.aggregate(programme.opening)
    with pytest.raises(ServerFault, match="another account, opening or share"):
        await lead.statistics.aggregate(twin)
    programme.hall.wire.be_honest()
    assert (await lead.statistics.aggregate(twin)).accepted == 9


async def test_nonsense_about_statistics_stops_nothing_else(reported: Programme) -> None:
    """It came out of the sync, and so kept retention and repacking from their work."""
    programme, phone = reported, reported.phones[3]
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    await programme.close()
    programme.evil.answering(lambda _, answer: answer.clear(), path="/v1/accepted")
    (note,) = (await phone.sync()).notes
    assert note.startswith("statistics wait: ")
    assert [one.outcome for one in own(phone)] == [TAKEN]
    programme.hall.wire.be_honest()
    assert (await phone.sync()).notes == []
    assert [one.outcome for one in own(phone)] == [COUNTED]


async def test_a_server_that_counts_a_report_twice_in_its_sum_is_not_found_out(
    reported: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stated limit: its number of reports is right, its share is not. Nobody's value is read by it."""
    noised = release._noised

    def lied(mailbox: Any, closed: Any) -> bytes:
        honest = instance_of(closed.task).decode_share(noised(mailbox, closed))
        return Share(honest.field, [honest.elements[0] + 1, *honest.elements[1:]]).encode()

    monkeypatch.setattr(release, "_noised", lied)
    table = await released(reported)
    assert (table.reports, table.rejected) == (9, 0)
    assert reported.exact() == [reported.truth[0] + 1, *reported.truth[1:]]


async def test_a_server_that_leaves_its_noise_out_is_not_found_out(
    reported: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stated limit of two shares, for a server and a lead who are one: the table is exact, and says that it has
    noise.
    """
    monkeypatch.setattr(release, "noised", lambda total, *_: total)
    table = await released(reported)
    assert list(table.cells) == reported.truth
    assert table.task.noises == 1
