"""A server that was put back from a backup, and the phones that give it back what it lost."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.operator import end_restore
from crypto.public.base64url import b64
from crypto.public.ids import genesis
from device.outbox import Rows
from device.phone import Phone
from device.telling import SHUT_OUT
from device.transport import ServerProblem
from store.dump import tables
from sync.device.replica import ServerFault
from sync.erasure import DELAY
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.device.test_repacking import repack_now
from tests.support.crash import Crash, Crasher
from tests.support.evil import Json, part
from tests.support.hall import ADDRESS, Hall

Entries = set[tuple[bytes, int, bytes, bytes]]


def entries(hall: Hall) -> Entries:
    """Log, position, leaf and body of all that the server holds."""
    table = tables(hall.settings.database_path)["entries"]
    columns = [table.columns.index(name) for name in ("log", "position", "leaf", "body")]
    return {tuple(row[column] for column in columns) for row in table.rows}


def resources(phone: Phone) -> list[Any]:
    return [record.fields["name"] for record in phone.records.list("resource")]


async def busy_day(house: House) -> None:
    """Entries of all kinds, and everybody has seen the roster."""
    house.ada.records.log("contact", CONTACT)
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    await house.ada.rotate("personal")
    await house.second.sync()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.ada.sync()


@pytest.mark.parametrize("declared", [False, True])
async def test_phones_give_back_the_very_same_chains(house: House, declared: bool) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    before = entries(hall)
    hall.restore(yesterday, declared=declared)
    assert not before <= entries(hall)
    for phone in (house.ada, house.lead):
        report = await phone.engine.sync(flush=False)
        assert any("this phone gave it back" in note for note in report.notes)
    assert entries(hall) == before
    if declared:
        await house.lead.restored()
    await house.everything_arrives()
    assert before < entries(hall)
    assert len(logged(house.second)) == 3


async def test_while_the_server_heals_everything_waits_for_the_lead(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    hall.restore(yesterday, declared=True)
    house.ada.records.log("contact", CONTACT)
    for _ in range(2):
        report = await house.ada.sync()
        assert report.waiting >= 1
        [note] = house.ada.notes()
        assert note == "the server is being restored; your entry waits until your lead says that it is done"
        assert note in report.notes
    again = await hall.reopen(house.ada)
    assert again.engine.healing
    with pytest.raises(ServerProblem) as caught:
        await again.link()
    assert caught.value.name == "healing"
    with pytest.raises(ServerProblem) as caught:
        await again.restored()
    assert caught.value.name == "not-authorised"
    await house.lead.sync()
    await house.lead.restored()
    await again.sync()
    assert (again.waiting(), again.records.unsent(), again.notes()) == (0, 0, [])
    await house.second.sync()
    assert logged(house.second) == logged(again)
    assert not house.lead.engine.healing


async def test_a_healing_that_no_lead_is_left_to_end_is_taken_back_by_the_operator(house: House) -> None:
    """The phone of the only lead was lost, and paper opens nothing while the server waits: it would wait for ever."""
    hall, ada = house.hall, house.ada
    code = await house.lead.new_code()
    await house.lead.confirm_code(code)
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    hall.restore(yesterday, declared=True)
    kept = ada.records.log("contact", CONTACT)
    for phone in (ada, house.second, ada):
        await phone.sync()
    found = hall.new_phone("found")
    found.recover_with(ADDRESS, code)
    with pytest.raises(ServerProblem) as caught:
        await found.come_in()
    assert caught.value.name == "healing"
    hall.halt()
    assert end_restore(hall.settings) == 1
    assert end_restore(hall.settings) == 0
    hall.start()
    await found.come_in()
    await found.restored()
    for phone in (ada, house.second):
        await phone.sync()
    assert (ada.waiting(), ada.records.unsent(), ada.notes()) == (0, 0, [])
    assert kept in logged(house.second)


async def test_a_join_that_was_lost_comes_back_by_its_invite(house: House) -> None:
    hall = house.hall
    ticket = await house.lead.invite()
    yesterday = hall.backup("yesterday")
    bo = hall.new_phone("bo")
    bo.accept(ticket, "Bo")
    await bo.come_in()
    kept = bo.records.log("contact", CONTACT)
    await bo.sync()
    before = entries(hall)
    hall.restore(yesterday)
    # The server knows neither account nor device; no other phone has seen the join.
    report = await bo.sync()
    assert any("this phone gave it back" in note for note in report.notes)
    assert before <= entries(hall)
    assert (bo.notes(), bo.waiting()) == ([], 0)
    await house.lead.sync()
    assert len(house.lead.members()) == 3
    code = await bo.new_code()
    await bo.confirm_code(code)
    fresh = hall.new_phone("fresh")
    fresh.recover_with(ADDRESS, code)
    await fresh.come_in()
    assert kept in logged(fresh)


async def test_a_join_whose_invite_was_lost_too_waits_for_a_phone_that_saw_it(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    bo = await hall.joined(house.lead, "bo")
    kept = bo.records.log("contact", CONTACT)
    await bo.sync()
    await house.lead.sync()
    hall.restore(yesterday)
    with pytest.raises(ServerProblem):
        await bo.sync()
    assert bo.notes() == [SHUT_OUT]
    await house.lead.sync(flush=False)
    await bo.sync()
    assert (bo.notes(), bo.waiting(), bo.records.unsent()) == ([], 0, 0)
    assert kept in logged(bo)


async def test_a_member_gives_back_what_only_leads_may_write(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    hall.restore(yesterday)
    await house.ada.engine.sync(flush=False)
    await house.second.sync()
    assert resources(house.second) == ["Line"]


async def test_several_phones_each_give_back_their_part(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.second.sync()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    before = entries(hall)
    hall.restore(yesterday)
    # ada has not seen the newest entries of her own space, nor the lead's.
    for phone in (house.ada, house.lead, house.second):
        await phone.engine.sync(flush=False)
    assert entries(hall) == before
    await house.everything_arrives()


async def test_two_phones_heal_at_once(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    before = entries(hall)
    hall.restore(yesterday)
    await asyncio.gather(*(phone.engine.sync(flush=False) for phone in (house.ada, house.second, house.lead)))
    await house.lead.engine.sync(flush=False)
    assert entries(hall) == before
    await house.everything_arrives()


async def test_what_is_not_in_entries_comes_back_and_paper_opens_everything(house: House) -> None:
    hall, ada = house.hall, house.ada
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    code = await ada.new_code()
    await ada.confirm_code(code)
    await ada.rotate("personal")
    await house.lead.rotate("commons")
    await house.lead.rotate("leads")
    await ada.sync()
    hall.restore(yesterday)
    await house.lead.engine.sync(flush=False)
    for phone in (ada, house.lead):
        await phone.sync()
    for phone in (ada, house.lead):
        answer = await phone.engine.session.call(phone.engine.transport.missing)
        assert (answer.keys, answer.wraps) == ([], [])
    fresh = hall.new_phone("fresh")
    fresh.recover_with(ADDRESS, code)
    await fresh.come_in()
    assert logged(fresh) == logged(ada)
    assert resources(fresh) == ["Line"]
    await house.everything_arrives()


@pytest.mark.parametrize("dies", [False, True])
async def test_a_withdrawal_that_was_lost_comes_back_with_what_it_saved(house: House, dies: bool) -> None:
    """The server that was put back heard of the erasure alone, and has erased on its day."""
    hall, log = house.hall, house.personal
    await repack_now(house.ada, log)
    yesterday = hall.backup("yesterday")
    await house.second.sync()
    (planned,) = house.second.erasures()
    await house.second.withdraw(planned.id)
    before = entries(hall)
    hall.pass_days(DELAY)
    hall.restore(yesterday)
    assert not before <= entries(hall)
    if dies:
        # After the withdrawal was taken, before the bodies are offered.
        await house.second.engine.sync(flush=False)
        assert not before <= entries(hall)
        await hall.reopen(house.second)
    await hall.phones[-1 if dies else 2].sync()
    assert before <= entries(hall)
    fresh = await hall.linked(house.ada, "fresh")
    assert fresh.notes() == []


async def test_a_revoked_phone_stays_out(house: House) -> None:
    hall, ada, second = house.hall, house.ada, house.second
    yesterday = hall.backup("yesterday")
    second.records.log("contact", CONTACT)
    await second.sync()
    await ada.sync()
    await ada.revoke(second.engine.identity.device)
    await ada.sync()
    shown = logged(ada)
    hall.restore(yesterday)
    await ada.sync()
    with suppress(ServerProblem):
        await second.sync()
    assert second.engine.identity.device not in ada.engine.roster.devices
    with pytest.raises(ServerProblem) as caught:
        await second.engine.session.open()
    assert caught.value.name == "session-refused"
    await ada.sync()
    assert logged(ada) == shown
    assert (ada.notes(), ada.waiting()) == ([], 0)


async def test_a_name_that_was_lost_is_only_a_name(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    bo = await hall.joined(house.lead, "bo")
    # The lead has seen the join, and has not taken the name.
    await house.lead.engine.sync(flush=False)
    hall.restore(yesterday)
    await house.lead.sync()
    await bo.sync()
    assert sorted(member.name or "" for member in house.lead.members()) == ["", "ada", "lead"]
    assert house.lead.notes() == bo.notes() == []


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_lost_messages_while_healing_cost_nothing(house: House, lost: str) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    before = entries(hall)
    for number in range(1, 8):
        hall.restore(yesterday)
        count = 0

        def lose(_: httpx.Request, number: int = number) -> str:
            nonlocal count
            count += 1
            return lost if count % number == 0 else ""

        hall.wire.lose = lose
        with suppress(Exception):
            await house.ada.engine.sync(flush=False)
        hall.wire.be_honest()
        for phone in (house.ada, house.lead):
            await phone.engine.sync(flush=False)
        assert entries(hall) == before
    await house.everything_arrives()


async def test_a_phone_may_die_at_every_step_of_healing(house: House, tmp_path: Path) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    hall.restore(yesterday)
    await house.ada.close()
    await house.second.close()
    saved = tmp_path / "saved"
    shutil.copytree(hall.folder / "ada", saved)
    shutil.copytree(hall.folder / "ada.keystore", tmp_path / "keystore")
    step = 0
    while True:
        step += 1
        ada = hall.open_phone("ada")
        crasher = Crasher(hall, ada)
        crasher.at = step
        died = False
        with crasher.watching():
            try:
                await ada.sync()
            except Crash:
                died = True
        hall.wire.be_honest()
        if died:
            ada = await hall.reopen(ada)
            await ada.sync()
        assert (ada.waiting(), ada.records.unsent(), ada.notes()) == (0, 0, [])
        assert len(logged(ada)) == 3
        crasher.check_numbers()
        await ada.close()
        if not died:
            break
        for name, copy in (("ada", saved), ("ada.keystore", tmp_path / "keystore")):
            shutil.rmtree(hall.folder / name)
            shutil.copytree(copy, hall.folder / name)
        hall.restore(yesterday)
    assert step > 5
    second = hall.open_phone("second")
    await second.sync()
    assert len(logged(second)) == 3


async def test_another_history_is_not_healed(house: House) -> None:
    hall = house.hall
    yesterday = hall.backup("yesterday")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    hall.restore(yesterday)
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.ada.sync()
    assert any("contradiction" in note for note in house.ada.notes())
    assert not any("offer" in request for request in hall.wire.requests)
    assert len(logged(house.ada)) == 2


async def test_a_server_that_takes_back_and_forgets_is_at_fault(house: House) -> None:
    await busy_day(house)
    start = {"position": 0, "head": b64(genesis(house.programme, house.programme))}

    def forget(asked: Json, answer: Json) -> None:
        shown = part(answer, house.programme)
        shown.update(known=bool(asked["logs"][0].get("offer")), entries=[], more=False, head=start)

    house.evil.answering(forget)
    with pytest.raises(ServerFault, match="took back"):
        await house.ada.sync()
    await house.everything_arrives()


async def test_a_server_that_is_always_behind_does_not_keep_the_phone_busy(house: House) -> None:
    await busy_day(house)
    end = house.ada.engine.roster.chain.cursor
    start = {"position": 0, "head": b64(genesis(house.programme, house.programme))}
    asked_for = 0

    def lie(asked: Json, answer: Json) -> None:
        nonlocal asked_for
        asked_for += 1
        shown = part(answer, house.programme)
        if asked["logs"][0].get("offer"):
            shown["head"] = {"position": end.position, "head": b64(end.head)}
            return
        shown.update(known=False, entries=[], more=False, head=start)

    house.evil.answering(lie)
    await house.ada.sync()
    assert asked_for < 20
    assert any("behind" in note for note in house.ada.notes())
    await house.everything_arrives()


async def test_a_repair_that_came_too_late_is_taken_off_and_what_was_written_goes_up(house: House) -> None:
    """A wrap for a reader that has left meanwhile was refused, and its entry stayed on the phone for ever."""
    hall, ada = house.hall, house.ada
    yesterday = hall.backup("yesterday")
    await busy_day(house)
    hall.restore(yesterday)
    ticket = await house.lead.engine.sync(flush=False)
    assert ticket.given_back
    ada.records.log("contact", CONTACT)
    rows = ((house.personal, ada.engine.roster.spaces[house.personal].epoch, bytes(32), bytes(1168)),)
    with ada.vault.write() as connection:
        ada.engine.writer.flush(connection, house.personal, rows=Rows(keys=(bytes(1216),), wraps=rows))
    await ada.sync()
    assert (ada.waiting(), ada.records.unsent()) == (0, 0)
    await house.everything_arrives()
