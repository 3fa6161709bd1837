"""Witnesses on real phones: who states when, that nobody honest is accused, and that a beginning may lie late."""

import os
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import orjson
import pytest

from crypto.public.base64url import b64
from crypto.public.encoding import encode
from device import outbox, witnessing
from device.ledger import entries_above
from device.phone import Phone
from device.transport import Unreachable
from device.witnessing import FIRST, NEXT, load_due
from sync.witness import READ_BACK, WITNESS, Witness, witness_log
from tests.device.conftest import House
from tests.device.contacts import CONTACT
from tests.support.crash import Crash, Crasher
from tests.support.hall import START

TODAY = int(START // 86_400)


def log_of(phone: Phone) -> bytes:
    return witness_log(phone.engine.roster)


def stated(phone: Phone) -> list[tuple[bytes, int]]:
    """Account and day of each witness that a phone holds."""
    roster = phone.engine.roster
    found = []
    for entry in entries_above(phone.vault.read(), log_of(phone), 0):
        device = roster.known_device(entry.header.device)
        assert device is not None
        found.append((device.account, Witness.decode(entry.check_body()).day))
    return found


def make_due(phone: Phone, days: int = 0) -> None:
    """As if the picked day were today, or so many days ahead."""
    planned = load_due(phone.vault.read())
    assert planned is not None
    with phone.vault.write() as connection:
        row = encode([planned[0], phone.engine.writer.day() + days])
        connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (witnessing.DUE, row))


async def witness_now(phone: Phone) -> None:
    before = own(phone)
    await phone.sync()
    if own(phone) == before:
        make_due(phone)
        await phone.sync()
    assert own(phone) == before + 1


def own(phone: Phone) -> int:
    """How many witnesses there are of the phone's account."""
    return sum(one == account(phone) for one, _ in stated(phone))


def account(phone: Phone) -> bytes:
    return phone.engine.identity.account


# When.


async def test_each_account_states_once_a_month_whichever_of_its_phones_comes_first(house: House) -> None:
    phones = (house.lead, house.ada, house.second)
    for _ in range(65):
        house.hall.pass_days(2)
        for phone in phones:
            await phone.sync(flush=False)
            assert (phone.notes(), phone.silent()) == ([], [])
    await house.lead.sync()
    await house.ada.sync()
    told = stated(house.lead)
    assert told == stated(house.ada) == stated(house.second)
    for each in {account(phone) for phone in phones}:
        days = [day for one, day in told if one == each]
        assert FIRST[0] <= days[0] - TODAY <= FIRST[-1] + 2
        for earlier, later in pairwise(days):
            assert NEXT[0] <= later - earlier <= NEXT[-1] + 2


@pytest.mark.parametrize("first", [True, False])
async def test_the_day_is_picked_at_random_and_once(house: House, first: bool) -> None:
    """Picked anew at each sync it would come as soon as any pick was small."""
    ada, roster, connection = house.ada, house.ada.engine.roster, house.ada.vault.read()
    days, position, since = (FIRST, 0, TODAY) if first else (NEXT, 9, TODAY - 3)
    if not first:
        connection.execute("INSERT INTO witnessed VALUES (?, ?, ?, 1)", (account(ada), position, since))
    seen = set()
    for draw in range(200):
        connection.execute("DELETE FROM meta WHERE key = ?", (witnessing.DUE,))
        for other in (draw, draw + 1):
            witnessing.plan(connection, roster, account(ada), TODAY, drawing(other))
            assert load_due(connection) == (position, since + days[draw % len(days)])
        seen.add(draw % len(days))
    assert len(seen) == len(days)


def drawing(value: int) -> Callable[[int], bytes]:
    return lambda size: value.to_bytes(size, "big")


async def test_a_wrong_clock_does_not_silence_an_account_for_years(house: House) -> None:
    ada, roster, connection = house.ada, house.ada.engine.roster, house.ada.vault.read()
    connection.execute("INSERT INTO witnessed VALUES (?, 9, ?, 1)", (account(ada), TODAY + 9_000))
    witnessing.plan(connection, roster, account(ada), TODAY + 8_990, os.urandom)
    witnessing.plan(connection, roster, account(ada), TODAY, os.urandom)
    planned = load_due(connection)
    assert planned is not None
    assert TODAY < planned[1] <= TODAY + NEXT[-1]


async def test_nothing_is_stated_while_the_server_is_not_believed(house: House) -> None:
    yesterday = house.hall.backup("yesterday")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    before = own(house.ada)
    make_due(house.ada)
    house.hall.restore(yesterday)
    # What it lost it would be given back; but now another entry stands in its place.
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    for _ in range(2):
        await house.ada.sync()
    assert any("contradiction" in note for note in house.ada.notes())
    assert own(house.ada) == before
    assert not outbox.waiting(house.ada.vault.read(), log_of(house.ada))


# What becomes of it.


async def test_what_is_stated_is_what_the_phone_holds(house: House) -> None:
    await witness_now(house.ada)
    await house.lead.sync()
    [entry] = entries_above(house.lead.vault.read(), log_of(house.lead), 0)
    engine = house.lead.engine
    assert entry.header.roster == engine.roster.chain.cursor
    told = Witness.decode(entry.check_body())
    assert told.shared == ((house.commons, engine.ledger.chain(house.programme, house.commons).cursor),)
    assert told.day == TODAY


async def test_a_witness_of_another_day_is_dropped_and_stated_anew(house: House) -> None:
    """Offline for a week after it was signed: the server refuses its day, and nothing else waits for it."""
    ada = house.ada
    await ada.sync()
    make_due(ada)

    def lose(request: Any) -> str:
        return "request" if b'"entries":[{' in request.content and asks_witness(ada, request.content) else ""

    house.hall.wire.lose = lose
    with pytest.raises(Unreachable):
        await ada.sync()
    [waiting] = outbox.waiting(ada.vault.read(), log_of(ada))
    house.hall.wire.be_honest()
    house.hall.pass_days(7)
    ada = await house.hall.reopen(ada)
    ada.records.log("contact", CONTACT)
    report = await ada.sync()
    assert (report.notes, ada.waiting(), ada.records.unsent()) == ([], 0, 0)
    await ada.sync()
    [entry] = entries_above(ada.vault.read(), log_of(ada), 0)
    assert entry.header.sequence == waiting.sequence + 1
    assert stated(ada) == [(account(ada), TODAY + 7)]


def asks_witness(phone: Phone, content: bytes) -> bool:
    """Whether a request pushes to the witness log."""
    logs = {one["log"]: one.get("entries", []) for one in orjson.loads(content)["logs"]}
    return bool(logs.get(b64(log_of(phone))))


async def test_a_phone_that_dies_anywhere_states_one_witness(house: House) -> None:
    """At each step of the sync that states: afterwards there is one witness, and no number was signed twice."""
    ada = house.ada
    await ada.sync()
    crasher = Crasher(house.hall, ada)
    for at in range(1, 60):
        await ada.sync()
        make_due(ada)
        crasher.steps, crasher.at, died = 0, at, False
        with crasher.watching():
            try:
                await ada.sync()
            except Crash:
                died = True
                ada = await house.hall.reopen(ada)
        crasher.at = 0
        with crasher.watching():
            for _ in range(2):
                await ada.sync()
        assert len(stated(ada)) == at
        if not died:
            break
    else:
        raise AssertionError("the ceremony has more steps than the test")
    crasher.check_numbers()
    assert (ada.waiting(), ada.notes()) == (0, [])


@pytest.mark.parametrize("seed", range(4))
async def test_honest_phones_accuse_nobody(house: House, seed: int) -> None:
    """Restarts, lost requests and answers, wrong clocks: no alarm, and nobody is silent who was there."""
    random = Random(seed)
    offsets = dict.fromkeys(("lead", "ada", "second"), 0.0)
    phones = {name: getattr(house, name) for name in offsets}

    def clock_of(name: str) -> Callable[[], float]:
        return lambda: house.hall.now + offsets[name]

    for name, phone in phones.items():
        await phone.close()
        phones[name] = house.hall.open_phone(name, clock_of(name))
    house.hall.wire.lose = lambda _: random.choice(["", "", "", "", "request", "answer"])
    for _ in range(45):
        house.hall.pass_days(random.choice([1, 2, 3, 5]))
        for name in offsets:
            offsets[name] = random.choice([0, 0, 0, -400, 3, 400]) * 86_400.0
            if random.random() < 0.2:
                phones[name] = await house.hall.reopen(phones[name])
            if random.random() < 0.2:
                house.hall.restart()
            try:
                await phones[name].sync()
            except Unreachable:
                continue
            assert phones[name].notes() == []
    house.hall.wire.be_honest()
    offsets.update(dict.fromkeys(offsets, 0.0))
    for _ in range(2):
        for phone in phones.values():
            await phone.sync()
    for phone in phones.values():
        assert (phone.notes(), phone.silent(), phone.waiting()) == ([], [], 0)
    assert len(stated(phones["lead"])) >= 4


# Beginning.


async def test_a_new_phone_of_an_old_programme_begins_ninety_days_back(house: House) -> None:
    hall, lead = house.hall, house.lead
    for _ in range(6):
        await witness_now(lead)
        hall.pass_days(40)
    await lead.sync()
    hall.wire.requests.clear()
    late = await hall.joined(lead, "late")
    assert hall.wire.requests.count("/v1/witness") == 1
    chain = late.engine.ledger.chain(house.programme, log_of(late))
    assert chain == lead.engine.ledger.chain(house.programme, log_of(lead)) or chain.since > 0
    held = [day for _, day in stated(late)]
    assert held == [day for _, day in stated(lead) if day >= lead.engine.writer.day() - READ_BACK]
    assert 0 < len(held) < 6
    late = await hall.reopen(late)
    assert late.engine.ledger.chain(house.programme, log_of(late)) == chain
    await witness_now(lead)
    hall.wire.requests.clear()
    await witness_now(late)
    assert "/v1/witness" not in hall.wire.requests
    await lead.sync()
    assert stated(lead)[-1:] == stated(late)[-1:] == [(account(late), lead.engine.writer.day())]
    assert (late.notes(), lead.notes()) == ([], [])


async def test_a_beginning_that_the_server_does_not_know_is_asked_for_again(house: House) -> None:
    """It was put back between two answers, or lied: neither may shut the phone out of the log for ever."""
    hall = house.hall
    hall.pass_days(100)
    await witness_now(house.lead)
    hall.pass_days(100)

    def lie(_: Any, answer: Any) -> None:
        answer["begin"]["position"] = 7

    house.evil.answering(lie, path="/v1/witness", times=1)
    late = await hall.joined(house.lead, "late")
    assert any(WITNESS in note for note in late.notes())
    await late.sync()
    assert late.notes() == []
    late = await hall.reopen(late)
    await witness_now(house.lead)
    await late.sync()
    assert len(stated(late)) == 1


async def test_a_young_programme_is_read_from_its_genesis_in_one_round_trip(house: House) -> None:
    house.hall.wire.requests.clear()
    house.hall.pass_days(60)
    await house.ada.sync(flush=False)
    late = await house.hall.linked(house.ada, "late")
    assert "/v1/witness" not in house.hall.wire.requests
    assert late.engine.ledger.start(house.programme, log_of(late)).position == 0


async def test_a_guest_does_not_ask_for_the_witness_log(house: House) -> None:
    asked = list[set[str]]()
    house.evil.asking(lambda request: asked.append({one["log"] for one in request["logs"]}))
    late = await house.hall.joined(house.lead, "late")
    log = b64(log_of(late))
    assert {log in logs for logs in asked if b64(late.engine.writer.personal) not in logs and len(logs) == 1} == {False}
    assert log in asked[-1]
