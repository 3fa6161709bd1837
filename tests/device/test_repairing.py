"""Keys and wraps that a server lost, and what phones send of them."""

import sqlite3
from contextlib import closing

import pytest

from crypto.public.base64url import b64
from device.debt import owe
from device.phone import Phone
from sync.device.branches import Owed
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.evil import Json
from tests.support.hall import Hall

MISSING = "/v1/missing"


def lose(hall: Hall, *tables: str) -> None:
    with closing(sqlite3.connect(hall.settings.database_path)) as connection, connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")


def held(hall: Hall) -> tuple[set[bytes], set[tuple[bytes, bytes, int]]]:
    with closing(sqlite3.connect(hall.settings.database_path)) as connection:
        keys = {row[0] for row in connection.execute("SELECT hash FROM hpke_keys")}
        wraps = {(row[0], row[1], row[2]) for row in connection.execute("SELECT log, reader, epoch FROM wraps")}
        return keys, wraps


async def week(house: House, *phones: Phone) -> None:
    for _ in range(2):
        house.hall.pass_days(8)
        for phone in phones:
            await phone.sync()


async def test_all_phones_together_bring_back_all_that_was_lost(house: House) -> None:
    phones = (house.lead, house.ada, house.second)
    await week(house, *phones)
    before = held(house.hall)
    lose(house.hall, "hpke_keys", "wraps")
    await week(house, *phones)
    now = held(house.hall)
    for phone in phones:
        answer = await phone.engine.session.call(phone.engine.transport.missing)
        assert (answer.keys, answer.wraps) == ([], [])
    # An invite that is spent is named no more.
    assert now[0] <= before[0]
    assert now[1] <= before[1]
    third = await house.hall.linked(house.ada, "third")
    assert logged(third) == logged(house.ada)


async def test_a_phone_looks_once_a_week(house: House) -> None:
    def looks() -> int:
        return house.hall.wire.requests.count(MISSING)

    for _ in range(3):
        await house.ada.sync()
    assert looks() == 0
    for _ in range(21):
        house.hall.pass_days(1)
        await house.ada.sync()
    assert looks() == 3


async def test_a_server_that_asks_for_strangers_gets_nothing(house: House) -> None:
    await house.ada.sync()
    house.hall.pass_days(8)

    def ask(_: Json, answer: Json) -> None:
        answer["keys"] = [b64(bytes(32))]
        logs = (house.personal, house.commons, house.programme, bytes(32))
        answer["wraps"] = [{"log": b64(log), "reader": b64(bytes(32))} for log in logs]

    house.evil.answering(ask, path=MISSING)
    before = held(house.hall)
    report = await house.ada.sync()
    assert (report.waiting, house.ada.notes()) == (0, [])
    assert held(house.hall) == before


async def test_a_server_that_asks_for_what_it_has_gets_it_in_vain(house: House) -> None:
    await house.ada.sync()
    house.hall.pass_days(8)
    device = house.second.engine.identity

    def ask(_: Json, answer: Json) -> None:
        answer["keys"] = [b64(house.ada.engine.identity.hpke.hash)]
        answer["wraps"] = [{"log": b64(house.personal), "reader": b64(device.device)}]

    house.evil.answering(ask, path=MISSING)
    before = held(house.hall)
    await house.ada.sync()
    assert held(house.hall) == before
    assert house.ada.waiting() == 0


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_a_repair_that_is_lost_on_the_way_is_made_again(house: House, lost: str) -> None:
    await house.ada.sync()
    lose(house.hall, "hpke_keys", "wraps")
    house.hall.pass_days(8)
    count = 0

    def drop(_: object) -> str:
        nonlocal count
        count += 1
        return lost if count in (3, 4, 5, 6) else ""

    house.hall.wire.lose = drop
    house.ada.records.log("contact", CONTACT)
    with pytest.raises(Exception, match="no answer"):
        await house.ada.sync()
    house.hall.wire.be_honest()
    await week(house, house.ada, house.second, house.lead)
    answer = await house.ada.engine.session.call(house.ada.engine.transport.missing)
    assert (answer.keys, answer.wraps) == ([], [])
    assert house.ada.waiting() == 0


def forgotten(phone: Phone, *keys: bytes) -> None:
    with phone.vault.write() as connection:
        connection.executemany("DELETE FROM meta WHERE key = ?", [(f"hpke:{key.hex()}",) for key in keys])


async def test_a_key_that_is_lost_for_good_does_not_hold_up_a_revocation(house: House) -> None:
    """The server had lost it with a restore, and each new key of the space waited for it: also against a thief."""
    third = await house.hall.linked(house.ada, "third")
    await house.ada.sync()
    lost = third.engine.identity.hpke.hash
    lose(house.hall, f"hpke_keys WHERE hash = x'{lost.hex()}'")
    forgotten(house.ada, lost)
    await house.ada.revoke(house.second.engine.identity.device)
    (note,) = house.ada.notes()
    assert note.startswith("personal: the server does not hold the key of 1 of its readers")
    assert (await house.ada.sync()).notes == [note]
    # Nobody reads what is not wrapped to it, and its owner links it again.
    assert any("key" in said for said in (await third.sync()).notes)


async def test_who_kept_a_lost_key_wraps_to_it_and_says_nothing(house: House) -> None:
    lost = house.second.engine.identity.hpke.hash
    await week(house, house.ada)
    lose(house.hall, f"hpke_keys WHERE hash = x'{lost.hex()}'")
    await house.ada.rotate("personal")
    assert house.ada.notes() == []
    await house.second.sync()
    assert house.second.notes() == []
    await house.everything_arrives()


async def test_a_reader_that_another_phone_wrapped_to_is_not_missed_any_more(house: House) -> None:
    third = await house.hall.linked(house.ada, "third")
    # The other phone of the account keeps the key.
    await week(house, house.second)
    await house.ada.sync()
    lost = third.engine.identity.hpke.hash
    lose(house.hall, f"hpke_keys WHERE hash = x'{lost.hex()}'")
    forgotten(house.ada, lost)
    await house.ada.rotate("personal")
    (note,) = house.ada.notes()
    assert note.startswith("personal: the server does not hold the key of 1 of its readers")
    await week(house, house.second)
    assert house.ada.notes() == [note]
    await week(house, house.ada)
    assert house.ada.notes() == []
    await third.sync()
    assert third.notes() == []


async def test_a_phone_that_was_left_out_gives_its_key_back_without_a_sealed_entry(house: House) -> None:
    """It could seal nothing without the new key, and nobody could wrap that to it before it had."""
    third = await house.hall.linked(house.ada, "third")
    await house.ada.sync()
    lost = third.engine.identity.hpke.hash
    lose(house.hall, f"hpke_keys WHERE hash = x'{lost.hex()}'")
    forgotten(house.ada, lost)
    forgotten(house.second, lost)
    await house.ada.rotate("personal")
    await week(house, third)
    assert lost in held(house.hall)[0]
    await week(house, house.ada, third)
    assert house.ada.notes() == []
    assert third.notes() == []
    third.records.log("contact", CONTACT)
    await third.sync()
    await house.ada.sync()
    assert logged(third) == logged(house.ada)


async def test_a_phone_that_was_left_out_gives_its_key_back_before_a_revocation_that_it_owes(house: House) -> None:
    """Seed 968106651: the revocation waited for the personal key, and what brings that for the revocation."""
    third = await house.hall.linked(house.ada, "third")
    await house.ada.sync()
    lost = third.engine.identity.hpke.hash
    lose(house.hall, f"hpke_keys WHERE hash = x'{lost.hex()}'")
    forgotten(house.ada, lost)
    forgotten(house.second, lost)
    await house.ada.rotate("personal")
    second, roster = house.second.engine.identity, house.ada.engine.roster
    with third.vault.write() as connection:
        owe(connection, [Owed("revoke", second.device, second.account, roster.chain.position)])
    await week(house, third)
    assert lost in held(house.hall)[0]
    assert second.device in third.engine.roster.devices
    await week(house, house.ada, third)
    assert second.device in third.engine.roster.former
    assert not third.engine.owes
    assert house.ada.notes() == third.notes() == []
