"""The engine against a server that is slow to tell, behind, split, or withholds; and against its own clock."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from crypto.public.encoding import Canonical, decode, encode
from device import outbox
from device.ceremonies import inviting, rotating
from device.pending import stage
from device.phone import Phone
from device.transport import ServerProblem, Unreachable
from device.vault import VaultFull
from schemas.records import Fields
from sync.device.changes import Change
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import SYNC, problem
from tests.support.hall import Hall


def epoch(phone: Phone, log: bytes) -> int:
    return phone.engine.roster.spaces[log].epoch


# Requests and answers that are lost, repeated and late.


async def test_nothing_new_is_one_request(house: House) -> None:
    await house.ada.sync()
    house.hall.wire.requests.clear()
    await house.ada.sync(flush=False)
    assert house.hall.wire.requests == [SYNC]


async def test_one_request_syncs_everything(house: House) -> None:
    await house.ada.sync()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
    house.hall.wire.requests.clear()
    await house.ada.sync()
    assert house.hall.wire.requests == [SYNC]
    assert len(logged(house.ada)) == 5


async def test_a_request_that_arrives_twice_is_written_once(house: House) -> None:
    inner = house.hall.wire.inner

    class Twice(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await inner.handle_async_request(request)
            return await inner.handle_async_request(request)

    house.hall.wire.inner = Twice()
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.ada.link()
    await house.ada.rotate("personal")
    assert epoch(house.ada, house.personal) == 2
    await house.everything_arrives()
    assert len(logged(house.second)) == 2


async def test_an_old_request_that_arrives_late_changes_nothing(house: House) -> None:
    kept = list[httpx.Request]()

    def keep(request: httpx.Request) -> httpx.Request:
        kept.append(request)
        return request

    house.hall.wire.rewrite = keep
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    await house.ada.rotate("personal")
    for request in reversed(kept):
        await house.hall.wire.inner.handle_async_request(request)
    await house.everything_arrives()
    assert len(logged(house.second)) == 4
    assert epoch(house.second, house.personal) == 2


async def test_a_statement_whose_answer_was_lost_is_not_made_twice(house: House) -> None:
    """It goes up again before another one is decided; two waiting strict ones would refuse each other for ever."""
    house.hall.wire.lose = _losing("", "request", "request", "request")
    with pytest.raises(Unreachable):
        await house.ada.rotate("personal")
    assert house.ada.waiting() == 1
    house.hall.wire.be_honest()
    await house.ada.link()
    assert epoch(house.ada, house.personal) == 2
    await house.everything_arrives()


def _losing(*fates: str) -> Any:
    """Of the sync requests to come."""
    left: Iterator[str] = iter(fates)
    return lambda request: next(left, "") if request.url.path == SYNC else ""


async def test_a_server_that_is_overloaded_keeps_the_statement_waiting(house: House) -> None:
    count = 0

    def overload(request: httpx.Request) -> httpx.Request:
        nonlocal count
        count += request.url.path == SYNC
        return httpx.Request("GET", request.url.copy_with(path="/v1/limits")) if count == 2 else request

    house.hall.wire.rewrite = overload
    house.hall.wire.tamper = lambda _, response: problem("overloaded") if count == 2 else response
    with pytest.raises(ServerProblem, match="overloaded"):
        await house.ada.rotate("personal")
    assert house.ada.waiting() == 1
    await house.everything_arrives()
    assert epoch(house.ada, house.personal) == 2


async def test_waiting_empty_flushes_do_not_pile_up_offline(house: House) -> None:
    house.hall.wire.lose = lambda _: "request"
    for _ in range(5):
        with pytest.raises(Unreachable):
            await house.ada.sync()
    assert house.ada.waiting() == 1
    await house.everything_arrives()


async def test_an_empty_flush_under_an_old_key_is_sent_all_the_same(house: House) -> None:
    """That it vanished would tell that it was empty."""
    await house.ada.sync()
    house.ada.engine.flush(empty=True)
    await house.second.rotate("personal")
    before = house.ada.engine.ledger.chains[house.personal].position
    await house.ada.sync(flush=False)
    assert house.ada.engine.ledger.chains[house.personal].position == before + 1


async def test_an_app_may_sync_link_and_rotate_all_at_once(house: House) -> None:
    """Two answers to the same cursor were stored twice, and the second failed."""
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    house.ada.records.log("contact", CONTACT)
    await asyncio.gather(
        house.ada.sync(), house.ada.sync(), house.ada.link(), house.ada.rotate("personal"), house.ada.sync()
    )
    await house.everything_arrives()
    assert len(logged(house.ada)) == 3
    assert epoch(house.ada, house.personal) == 2


async def test_a_full_disk_is_said_and_loses_nothing(house: House) -> None:
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    house.ada.records.log("contact", CONTACT)
    connection = house.ada.vault.read()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(VaultFull):
        await house.ada.sync()
    connection.execute("PRAGMA max_page_count = 1073741823")
    await house.everything_arrives()
    assert len(logged(house.ada)) == 3


# Many pages, many records.


async def test_everything_comes_in_small_pages(house: House) -> None:
    for _ in range(6):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    for _ in range(4):
        house.lead.records.log("resource", RESOURCE)
        await house.lead.sync()
        await house.hall.joined(house.lead, f"phone {_}")
    house.evil.paging(4096)
    third = await house.hall.linked(house.ada, "third")
    await house.second.sync()
    for phone in (house.second, third):
        assert logged(phone) == logged(house.ada)
        assert len(phone.records.list("resource")) == 4
        assert len(phone.engine.roster.accounts) == 6


async def test_more_than_a_megabyte_goes_in_several_entries(house: House) -> None:
    large: Fields = {**CONTACT, "x_newer": "n" * 700}
    _stage_unchecked(house, 2_000, large)
    house.ada.engine.flush()
    assert house.ada.waiting() > 1
    await house.everything_arrives()
    assert len(logged(house.second)) == 2_001
    assert sum(fields.get("x_newer") == "n" * 700 for fields in logged(house.second).values()) == 2_000


def _stage_unchecked(house: House, number: int, fields: Fields) -> None:
    with house.ada.vault.write() as connection:
        for one in range(number):
            record = (one + 1).to_bytes(16, "big")
            stage(connection, house.personal, Change(record, "contact", 1, False, canonical(fields), ()))


async def test_a_record_of_a_newer_phone_survives_an_edit_by_this_one(house: House) -> None:
    newer: Fields = {**CONTACT, "disposition": "beamed_up_scotty", "x_mood": {"deep": [1, True, b"x"]}}
    _stage_unchecked(house, 1, newer)
    with house.ada.vault.write() as connection:
        stage(connection, house.personal, Change(b"n" * 16, "hologram", 9, False, {"x": [1, 2]}, ()))
    await house.ada.sync()
    await house.second.sync()
    record = (1).to_bytes(16, "big")
    house.second.records.edit(record, {"modality": "video"})
    await house.everything_arrives()
    assert logged(house.ada)[record] == {**newer, "modality": "video"}
    for phone in (house.ada, house.second):
        strange = phone.records.get(b"n" * 16)
        assert (strange.type, strange.version, strange.fields) == ("hologram", 9, {"x": [1, 2]})


def canonical(fields: Fields) -> dict[str, Canonical]:
    made = decode(encode(dict(fields)))
    assert isinstance(made, dict)
    return made


# Two who do the same at once.


async def test_two_phones_rotate_at_once(house: House) -> None:
    """Each decides upon the same roster; the one who comes second decides again, and reads what the first sealed."""
    decided = list[bytes]()
    decide = rotating.decide_rotation

    async def interrupted(engine: Any, space: str, roster: Any) -> Any:
        made = await decide(engine, space, roster)
        decided.append(engine.identity.device)
        if len(decided) == 1:
            await house.second.rotate("personal")
        return made

    rotating.decide_rotation = interrupted
    try:
        await house.ada.rotate("personal")
    finally:
        rotating.decide_rotation = decide
    assert len(decided) == 3
    house.ada.records.log("contact", CONTACT)
    house.second.records.log("contact", CONTACT)
    await house.everything_arrives()
    assert epoch(house.ada, house.personal) == 3
    assert len(logged(house.ada)) == 3


async def test_a_flush_that_waits_during_a_rotation_keeps_its_stamp_and_values(house: House) -> None:
    (record,) = logged(house.ada)
    house.ada.records.edit(record, {"disposition": "warm_handoff"})
    new = house.ada.records.log("contact", CONTACT)
    house.ada.engine.flush()
    first = outbox.waiting(house.ada.vault.read(), house.personal)[0].sequence
    (stamp,) = _stamps(house)
    await house.second.rotate("personal")
    house.ada.records.edit(new, {"modality": "video"})
    await house.ada.sync()
    landed = house.ada.engine.ledger.chains[house.personal].author(house.ada.engine.identity.device)
    assert landed.sequence > first
    state = house.ada.records.view.state(new)
    assert state is not None
    assert sorted(layer.stamp for layer in state[1].layers) == [stamp, stamp + 1]
    await house.everything_arrives()
    assert logged(house.second)[record]["disposition"] == "warm_handoff"
    assert logged(house.second)[new]["modality"] == "video"
    assert house.ada.records.conflicts() == house.second.records.conflicts() == []


def _stamps(house: House) -> list[int]:
    rows = house.ada.vault.read().execute("SELECT DISTINCT stamp FROM pending WHERE stamp IS NOT NULL").fetchall()
    return [stamp for (stamp,) in rows]


async def test_two_leads_work_at_once(house: House) -> None:
    other = await house.hall.joined(house.lead, "Leo", "lead")
    await house.lead.sync()
    joiner = await house.hall.joined(other, "Bo")
    for lead in (house.lead, other):
        lead.records.log("resource", {**RESOURCE, "name": f"Line {lead.vault.directory.name}"})
    # Both fetch the waiting name before either has stored it.
    answer = await other.engine.session.call(other.engine.transport.names)
    assert len(answer.names) == 1
    await house.lead.sync()
    house.hall.wire.tamper = lambda request, response: (
        httpx.Response(200, content=answer.model_dump_json().encode()) if request.url.path == "/v1/names" else response
    )
    await other.sync()
    house.hall.wire.be_honest()
    await house.lead.rotate("leads")
    await other.rotate("commons")
    for _ in range(2):
        for phone in (house.lead, other, joiner):
            await phone.sync()
    for lead in (house.lead, other):
        assert {one.name for one in lead.members()} == {"lead", "ada", "Leo", "Bo"}
        assert (lead.waiting(), lead.records.conflicts(), lead.notes()) == (0, [], [])
    assert len(joiner.records.list("resource")) == 2


# Clocks.


@pytest.mark.parametrize("off", [-30_000.0, -400.0, -2.0, 2.0, 4_000.0])
async def test_a_clock_that_is_days_off_and_jumps_stops_nothing(house: House, off: float) -> None:
    wrong = [off]
    house.hall.phones.remove(house.ada)
    await house.ada.close()
    ada = house.hall.open_phone("ada", clock=lambda: house.hall.now + wrong[0] * 86_400)
    await ada.sync()
    await ada.link()
    wrong[0] = 0.0
    await ada.rotate("personal")
    wrong[0] = -off
    await ada.confirm_code(await ada.new_code())
    house.hall.pass_days(40)
    await ada.rotate("personal")
    assert await ada.tick() is None
    wrong[0] = off
    await ada.tick()
    assert (ada.waiting(), ada.notes()) == (0, [])
    assert len(ada.engine.roster.open_invites("recovery", account=ada.engine.identity.account)) == 1


async def test_a_moment_far_ahead_does_not_silence_the_daily_flush(hall: Hall) -> None:
    lead = await hall.founded()
    hall.pass_days(3_000)
    assert await lead.tick() is None
    hall.pass_days(-3_000)
    assert await lead.tick() is None
    hall.pass_days(2)
    assert await lead.tick() is not None


async def test_the_daily_flush_waits_until_the_phone_is_online(hall: Hall) -> None:
    lead = await hall.founded()
    await lead.tick()
    hall.pass_days(2)
    hall.wire.lose = lambda _: "request"
    for _ in range(3):
        with pytest.raises(Unreachable):
            await lead.tick()
    hall.wire.be_honest()
    before = lead.engine.ledger.chains[lead.engine.writer.personal].position
    assert await lead.tick() is not None
    assert lead.engine.ledger.chains[lead.engine.writer.personal].position == before + 1


# What a phone can be asked for.


async def test_a_code_is_closed_by_the_phone_that_lost_it_only_in_a_month(house: House) -> None:
    for phone in (house.ada, house.second):
        await phone.confirm_code(await phone.new_code())
    codes = house.second.engine.roster.open_invites("recovery", account=house.second.engine.identity.account)
    assert sorted(code.closing is None for code in codes.values()) == [False, True]
    assert inviting.code_confirmed_on(house.second.engine) == int(house.hall.now // 86_400)
