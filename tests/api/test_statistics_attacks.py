"""Attacks on a period of statistics over HTTP, and those that nothing prevents (docs/statistics/for-reviewers.md)."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from crypto.errors import OpenFailed
from crypto.public.base64url import b64, unb64
from schemas.task import Task
from stats.errors import ReportRefused
from store.backup import copy
from sync.errors import Refused
from sync.report import Report, share_hash
from sync.statistics import Open
from tests.support.client import Host, Json, problem_of
from tests.support.counting import END, PERIOD, START, Helper, Period, landed, opened, reopen
from tests.support.people import Phone
from tests.support.released import SMALL, SMALL_SHARED, noised, unsharded, verified


def everybody(period: Period) -> list[Phone]:
    return [period.tenant.world.lead, *period.members]


async def another_table(period: Period, task: Task) -> Period:
    """A table more for the same month, with offers of the same devices."""
    await period.at(START)
    world = period.tenant.world
    other = replace(period, task=task, task_id=world.task(task), helpers=[])
    await landed(period.tenant, world.lead)
    await reopen(other, [helper.phone for helper in period.helpers])
    await period.at(END + 1)
    return other


def servers_share(period: Period, phone: Phone) -> bytes:
    with period.host.app.state.services.mailbox.box.read() as driver:
        (share,) = driver.execute("SELECT leader FROM reports WHERE account = ?", (phone.account,)).fetchone()
    return bytes(share)


async def put_together(period: Period, phone: Phone, helpers: Sequence[Helper]) -> list[int]:
    """What the server and these aggregators make of one report."""
    instance, shares = period.instance, [period.instance.leader_out_share(servers_share(period, phone))]
    for helper in helpers:
        for row in await helper.pages():
            helper.verifier(row)
        shares.append(helper.states[phone.account].out_share)
    return list(instance.aggregate(shares).elements)


# What a lead may read.


async def test_nothing_that_a_lead_may_read_holds_the_servers_share(period: Period) -> None:
    phone, measured = period.members[0], period.measured(1, 3)
    sent = period.report(phone, measured)
    assert await period.send(phone, sent) == ""
    for other in everybody(period):
        if other is not phone:
            assert await period.send(other, period.report(other, period.measured(0))) == ""
    helper, answers = period.helpers[0], list[str]()
    rows = await helper.pages()
    answers += [str(row) for row in rows]
    await verified(period)
    answers.append((await period.get(helper.phone, "decisions")).text)
    await period.close()
    answers.append((await period.release()).text)
    leader = unb64(sent["leader_share"])
    assert not [one for one in answers if sent["leader_share"][:40] in one or b64(leader[:30]) in one]
    # Its own share is as random as the seed that it comes from: no cell of it is small.
    assert all(element > 1 << 64 for element in helper.states[phone.account].out_share.elements)


async def test_server_and_lead_together_read_a_report_of_two_shares(period: Period) -> None:
    """A stated limit: phones say so on the card of each table."""
    phone, measured = period.members[0], period.measured(1, 3)
    assert await period.send(phone, period.report(phone, measured)) == ""
    assert await put_together(period, phone, period.helpers) == measured


async def test_server_and_lead_together_read_no_report_of_three_shares(host: Host) -> None:
    period = await opened(host, task=SMALL_SHARED)
    phone, measured = period.members[1], period.measured(1, 3)
    assert await period.send(phone, period.report(phone, measured)) == ""
    await period.hand_out_key()
    first, second = period.helpers
    for one in (first, second):
        assert all(element > 1 << 64 for element in await put_together(period, phone, [one]))
    assert await put_together(period, phone, [first, second]) == measured


async def test_the_second_aggregators_sum_is_sealed_to_the_lead(host: Host) -> None:
    """A server that read it could, with nothing else, still not tell a total; with the lead's share it could."""
    period = await opened(host, task=SMALL_SHARED)
    await period.everybody_reports()
    decisions = await verified(period)
    await period.close()
    assert problem_of(await period.send_total(decisions)) == ""
    with host.app.state.services.mailbox.box.read() as driver:
        (sealed,) = driver.execute("SELECT total FROM openings WHERE opening = ?", (period.opening,)).fetchone()
    assert period.helpers[1].total(decisions).encode() not in sealed


# More than one release.


async def test_after_a_restored_backup_another_list_releases_nothing_more(period: Period) -> None:
    """The main database is put back to before `close_period`; then a lead closes with somebody left out."""
    await period.everybody_reports()
    decisions = await verified(period)
    tenant, database = period.tenant, period.host.settings.database_path
    before = replace(tenant.world, states=[*tenant.world.states], entries=[*tenant.world.entries])
    older = database.with_name("older.sqlite")
    copy(database, older)
    await period.close()
    first = (await period.release()).json()
    await restored(period, older)
    tenant.world = before
    chosen = [unb64(one["account"]) for one in decisions[1:]]
    await period.close(chosen)
    assert problem_of(await period.release()) == "opening-void"
    assert len(await period.helpers[0].pages()) == 0
    assert first["accepted"] == 10


async def test_after_a_restored_backup_another_list_is_no_choice_before_the_release_either(period: Period) -> None:
    await period.everybody_reports()
    decisions = await verified(period)
    tenant, database = period.tenant, period.host.settings.database_path
    before = replace(tenant.world, states=[*tenant.world.states], entries=[*tenant.world.entries])
    older = database.with_name("older.sqlite")
    copy(database, older)
    await period.close()
    await restored(period, older)
    tenant.world = before
    await period.close([unb64(one["account"]) for one in decisions[1:]])
    assert problem_of(await period.release()) == "list-wrong"


async def restored(period: Period, older: Any) -> None:
    """The main database alone is what it was; the mailbox and the keys are as they are."""
    database = period.host.settings.database_path
    await period.host.stop()
    for path in database.parent.glob("hallway.sqlite*"):
        path.unlink()
    shutil.move(older, database)
    period.host.start()
    period.tenant.client = period.host.client
    period.tenant.tokens.clear()


async def test_the_opening_that_another_replaced_gives_nothing(period: Period) -> None:
    """Else a lead would have two releases of one measurement."""
    phone = period.members[0]
    await period.everybody_reports()
    await verified(period)
    old, world = period.opening, period.tenant.world
    await period.at(END)
    await reopen(period, [world.lead])
    await period.at(END + 1)
    assert await period.send(phone, period.report(phone, period.measured(1))) == ""
    new, period.opening = period.opening, old
    for what in ("reports", "decisions", "release"):
        assert problem_of(await period.get(world.lead, what)) == "not-open"
    world.day = END + 22
    with pytest.raises(Refused, match="no open period"):
        world.close_period(old)
    await period.at(END)
    period.opening = new
    with pytest.raises(Refused, match="closed, or was opened again"):
        await reopen(period, [world.lead])


async def test_the_same_table_under_another_name_spends_the_budget_again(period: Period) -> None:
    """Each twin is another draw of noise for one measurement: three, and no fourth."""
    other = period
    for _ in range(2):
        other = await another_table(period, SMALL)
    await period.at(START)
    world, tenant = period.tenant.world, period.tenant
    task = world.task(SMALL)
    await landed(tenant, world.lead)
    offer = world.offer(world.lead, task, PERIOD)
    await landed(tenant, world.lead)
    entry = world.draft(world.lead, Open(world.day, task, PERIOD, (offer,), bytes(32)))
    with pytest.raises(Refused, match="activity tables at one time: 4 of 3"):
        world.judge(entry)
    assert problem_of(await tenant.push(world.lead, entry)) == "budget-spent"
    assert other.opening != period.opening


async def test_a_report_is_nothing_in_another_opening(period: Period) -> None:
    """Replayed to the twin of its table, as it is or signed anew: the context of the proof is the opening."""
    twin = await another_table(period, SMALL)
    phone = period.members[0]
    sent = period.report(phone, period.measured(1))
    assert await period.send(phone, sent) == ""
    report = Report.decode(unb64(sent["report"]))
    leader, sealed = unb64(sent["leader_share"]), [unb64(one) for one in sent["sealed_shares"]]
    moved = twin.signed(phone, replace(report, opening=twin.opening), leader, sealed)
    assert await period.send(phone, moved | {"signature": sent["signature"]}) == "signature-invalid"
    assert await period.send(phone, moved) == ""
    (row,) = await twin.helpers[0].pages()
    with pytest.raises(OpenFailed):
        twin.helpers[0].open(row)


# What supporters may spoil.


def leaders(period: Period, phone: Phone, sent: Json) -> Json:
    """The server's share is another one than the proof is of."""
    leader = bytearray(unb64(sent["leader_share"]))
    leader[0] ^= 1
    report = replace(Report.decode(unb64(sent["report"])), leader=share_hash(bytes(leader)))
    return period.signed(phone, report, bytes(leader), [unb64(one) for one in sent["sealed_shares"]])


def sealeds(period: Period, phone: Phone, sent: Json) -> Json:
    """Nobody can open what was sealed."""
    sealed = [bytes(len(unb64(one))) for one in sent["sealed_shares"]]
    report = replace(Report.decode(unb64(sent["report"])), helpers=tuple(share_hash(one) for one in sealed))
    return period.signed(phone, report, unb64(sent["leader_share"]), sealed)


def publics(period: Period, phone: Phone, sent: Json) -> Json:
    """Joint randomness of the poisoner's choice."""
    report = Report.decode(unb64(sent["report"]))
    report = replace(report, public_share=bytes(len(report.public_share)))
    return period.signed(phone, report, unb64(sent["leader_share"]), [unb64(one) for one in sent["sealed_shares"]])


async def verified_but_unopened(period: Period) -> list[Json]:
    """As an aggregator device does: of what does not open it sends an empty verifier share."""
    await period.hand_out_key()
    helper, verifiers = period.helpers[0], list[Json]()
    for row in await helper.pages():
        try:
            verifiers.append(helper.verifier(row))
        except (OpenFailed, ReportRefused):
            verifiers.append({"account": row["account"], "share": ""})
    await helper.send(verifiers)
    return await period.decisions()


@pytest.mark.parametrize("poison", [leaders, sealeds, publics])
async def test_a_poisoned_report_is_left_out_and_spoils_nothing(
    period: Period, poison: Callable[[Period, Phone, Json], Json]
) -> None:
    *honest, poisoner = everybody(period)
    for phone in honest:
        assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    sent = poison(period, poisoner, period.report(poisoner, period.measured(2, 3)))
    assert await period.send(poisoner, sent) == ""
    decisions = await verified_but_unopened(period)
    assert [unb64(one["account"]) for one in decisions if not one["accepted"]] == [poisoner.account]
    closing = await period.close()
    answer = (await period.release()).json()
    assert (answer["reports"], answer["accepted"]) == (10, 9)
    assert unsharded(period, closing, answer, decisions) == noised(period, closing, [9, 0, 0])


async def test_two_poisoners_of_ten_void_the_table(period: Period) -> None:
    """A stated limit: below 40 reports, two who send garbage see to it that nothing is released."""
    *honest, one, other = everybody(period)
    for phone in honest:
        assert await period.send(phone, period.report(phone, period.measured(0))) == ""
    for phone in (one, other):
        assert await period.send(phone, leaders(period, phone, period.report(phone, period.measured(0)))) == ""
    await verified_but_unopened(period)
    await period.close()
    assert problem_of(await period.release()) == "too-many-rejected"


# What nothing prevents.


async def test_leaving_one_out_of_one_of_two_tables_shows_how_busy_they_were(period: Period) -> None:
    """A stated limit: the lead's device gives up one report of one table, and reads both: what differs is that one's.

    No single contact is known by it, and no other account's numbers need to be.
    """
    twin, victim = await another_table(period, SMALL), period.members[0]
    decided = list[list[Json]]()
    for table in (period, twin):
        for phone in everybody(period):
            counted = table.measured(1, 3) if phone is victim else table.measured(0)
            assert await table.send(phone, table.report(phone, counted)) == ""
        await table.hand_out_key()
        helper = table.helpers[0]
        made = [helper.verifier(row) for row in await helper.pages()]
        left_out = b64(victim.account) if table is twin else ""
        await helper.send([one | {"share": ""} if one["account"] == left_out else one for one in made])
        decided.append(await table.decisions())
    exact = list[list[int]]()
    for table, decisions in zip((period, twin), decided, strict=True):
        closing = await table.close()
        released = unsharded(table, closing, (await table.release()).json(), decisions)
        noise = noised(table, closing, [0, 0, 0])
        exact.append([cell - more for cell, more in zip(released, noise, strict=True)])
    assert [one - other for one, other in zip(*exact, strict=True)] == [0, 3, 0]
