"""The programme's server moves: with its key or without, whoever was away, and whatever was mistyped."""

import os
import shutil
from pathlib import Path

import pytest

from api.keyfile import server_key
from api.operator import founding_ticket
from api.settings import Settings
from crypto.errors import KeyRefused
from crypto.public.signing import SigningKey
from device.phone import Phone
from device.transport import ServerProblem, Unreachable
from sync.device.replica import ServerFault
from sync.ticket import TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.hall import ADDRESS, PASSCODE, SERVER
from tests.support.serving import NOON, ServerProcess, free_port

NEW = "http://new.test"


def shut(house: House, *hosts: str) -> None:
    """Nothing answers at these hosts."""
    house.hall.wire.lose = lambda request: "request" if request.url.host in hosts else ""


def new_key(house: House) -> bytes:
    return server_key(house.hall.folder / "moved" / "server.key", os.urandom).public


def move(house: House) -> None:
    """The same database, another key, another address; nothing answers at the old one."""
    hall = house.hall
    hall.halt()
    moved = Settings(data=hall.folder / "moved", address=NEW)
    shutil.copy(hall.settings.database_path, moved.database_path)
    hall.settings = moved
    hall.start()
    shut(house, "hall.test")


def place(phone: Phone) -> tuple[str, bytes]:
    assert phone.identity is not None
    return phone.identity.place


async def test_phones_go_on_with_the_old_server_until_the_new_one_answers_and_with_that_one_alone_then(
    house: House,
) -> None:
    old, key = place(house.lead)[1], new_key(house)
    shut(house, "new.test")
    await house.lead.state_server(key, NEW)
    await house.lead.state_server(key, NEW)
    house.ada.records.log("contact", CONTACT)
    for phone in (house.ada, house.lead, house.ada):
        assert (await phone.sync()).notes == []
        assert place(phone) == (ADDRESS, old)
    assert house.ada.waiting() == 0
    copy = house.hall.backup("old")
    move(house)
    house.ada.records.log("contact", CONTACT)
    report = await house.ada.sync()
    assert report.notes == [f"the programme's server is at {NEW} now"]
    assert place(house.ada) == (NEW, key)
    ada = await house.hall.reopen(house.ada)
    assert place(ada) == (NEW, key)
    assert (await ada.sync()).notes == []
    # Whoever has the old key, and the old address, is nobody now.
    house.hall.restore(copy)
    house.hall.settings = Settings(data=house.hall.settings.data, address=NEW)
    house.hall.restart()
    shut(house)
    with pytest.raises(ServerFault, match="not signed"):
        await ada.sync()


async def test_a_phone_that_was_away_is_told_the_address_by_its_owner(house: House) -> None:
    key = new_key(house)
    await house.lead.state_server(key, NEW)
    move(house)
    with pytest.raises(Unreachable):
        await house.second.sync()
    with pytest.raises(TicketWrong):
        await house.second.go_to("new.test")
    shut(house, "hall.test", "wrong.test")
    with pytest.raises(Unreachable):
        await house.second.go_to("http://wrong.test")
    assert place(house.second)[0] == house.second.engine.transport.address == ADDRESS
    house.second.records.log("contact", CONTACT)
    await house.second.go_to(NEW)
    assert place(house.second) == (NEW, key)
    assert (await house.second.sync()).notes == []
    assert (house.second.waiting(), house.second.records.unsent()) == (0, 0)
    # Codes stay valid, at the new address.
    await house.lead.sync()
    found = house.hall.new_phone("found")
    found.recover_with(NEW, await house.lead.new_code())
    await found.come_in()
    third = await house.hall.linked(house.second, "third")
    assert logged(third) == logged(house.second)


async def test_all_phones_learn_that_one_organisation_runs_the_server_and_leads(house: House) -> None:
    before = place(house.ada)
    assert not house.ada.engine.roster.one_organisation
    with pytest.raises(ServerProblem, match="not-authorised"):
        await house.ada.state_organisation(one=True)
    ticket = await house.lead.invite()
    await house.lead.state_organisation(one=True)
    position = house.lead.engine.roster.chain.position
    await house.lead.state_organisation(one=True)
    assert house.lead.engine.roster.chain.position == position
    assert (await house.ada.sync()).notes == []
    assert house.ada.engine.roster.one_organisation
    assert place(house.ada) == before
    # It moves no server: tickets of before are good.
    late = house.hall.new_phone("late")
    late.accept(ticket, "Late")
    await late.come_in()
    assert late.engine.roster.one_organisation
    # Whoever moves the server and says nothing of it has said nothing else.
    await house.lead.state_server(new_key(house), NEW)
    assert house.lead.engine.roster.one_organisation
    await house.lead.state_organisation(one=False)
    await house.ada.sync()
    roster = house.ada.engine.roster
    assert (roster.address, roster.server_key, roster.one_organisation) == (NEW, new_key(house), False)


async def test_a_phone_that_missed_more_than_a_page_of_the_roster_follows_too(house: House) -> None:
    """No page but the one with the statement says whose signature is on it."""
    for _ in range(12):
        await house.lead.invite()
    await house.lead.state_server(new_key(house), NEW)
    await house.lead.invite()
    move(house)
    house.evil.asking(lambda asked: asked.setdefault("budget", 4096) and None)
    await house.second.go_to(NEW)
    house.evil.asking(lambda asked: asked.update(budget=4096))
    with pytest.raises(ServerFault, match="not signed"):
        await house.ada.go_to(NEW)


async def test_another_server_at_that_address_is_not_followed(house: House) -> None:
    """It has the database, and a key of its own which no lead has named."""
    before = place(house.ada)
    new_key(house)
    move(house)
    with pytest.raises(ServerFault, match="not signed"):
        await house.ada.go_to(NEW)
    assert place(house.ada) == before
    assert place(await house.hall.reopen(house.ada)) == before


@pytest.mark.parametrize("wrong", ["key", "address"])
async def test_a_mistyped_move_is_stated_anew(house: House, wrong: str) -> None:
    """A key that nobody has would have ended the programme, had phones believed it alone from then on."""
    key = new_key(house)
    shut(house, "new.test", "nwe.test")
    mistyped = SigningKey.generate(os.urandom).public if wrong == "key" else key
    await house.lead.state_server(mistyped, "http://nwe.test" if wrong == "address" else NEW)
    await house.ada.sync()
    await house.lead.sync()
    await house.lead.state_server(key, NEW)
    await house.ada.sync()
    move(house)
    for phone in (house.ada, house.lead):
        await phone.sync()
        assert place(phone) == (NEW, key)


async def test_what_is_no_server_at_the_named_address_costs_nothing(house: House) -> None:
    """Another Hallway server, which knows none of these phones, answers there until the move."""
    await house.lead.state_server(new_key(house), NEW)
    for phone in (house.lead, house.ada):
        # The old one, asked under a name that is not its own.
        await phone.sync()
        assert place(phone)[0] == ADDRESS
        assert phone.notes() == []


async def test_only_a_lead_moves_the_server_and_only_to_a_key_that_can_sign(house: House) -> None:
    key = new_key(house)
    with pytest.raises(ServerProblem) as refused:
        await house.ada.state_server(key, NEW)
    assert refused.value.name == "not-authorised"
    with pytest.raises(KeyRefused):
        await house.lead.state_server(bytes(32), NEW)
    with pytest.raises(TicketWrong):
        await house.lead.state_server(key, "ftp://new.test")


async def test_the_whole_move_over_http(tmp_path: Path) -> None:
    """Two processes, one after the other, on the same database; sockets, no wire in between."""
    old, new = (
        Settings(data=tmp_path / name, port=port, address=f"http://127.0.0.1:{port}")
        for name, port in ((SERVER, free_port()), ("moved", free_port()))
    )
    server = ServerProcess(old)
    await server.start()
    phones: list[Phone] = []

    def phone(name: str) -> Phone:
        phones.append(
            Phone.create(
                tmp_path / name,
                tmp_path / f"{name}.keystore",
                PASSCODE,
                clock=lambda: NOON,
                randomness=os.urandom,
                patience=(0.0,),
            )
        )
        return phones[-1]

    try:
        lead = phone("lead")
        await lead.found(founding_ticket(old), "Lea")
        await lead.confirm_code(await lead.new_code())
        ada, away = phone("ada"), phone("away")
        ada.accept(await lead.invite(), "Ada")
        await ada.come_in()
        away.accept(await ada.link())
        await away.come_in()
        key = server_key(new.key_path, os.urandom).public
        await lead.state_server(key, new.address)
        ada.records.log("contact", CONTACT)
        await ada.sync()
        server.kill()
        for path in old.data.glob("hallway.sqlite*"):
            shutil.copy(path, new.data)
        server = ServerProcess(new)
        await server.start()
        for one in (lead, ada):
            await one.sync()
            assert place(one) == (new.address, key)
        with pytest.raises(Unreachable):
            await away.sync()
        await away.go_to(new.address)
        await away.sync()
        assert logged(away) == logged(ada)
        assert len(logged(away)) == 1
        late = phone("late")
        late.accept(await lead.invite(), "Late")
        await late.come_in()
        await lead.sync()
        assert [one.name for one in lead.members()] == ["Lea", "Ada", "Late"]
    finally:
        for one in phones:
            await one.close()
        server.kill()


async def test_a_lost_key_ends_no_programme(house: House) -> None:
    """`server.key` without a backup: phones believed no answer, and a lead could not state another key."""
    hall = house.hall
    hall.halt()
    hall.settings.key_path.unlink()
    key = server_key(hall.settings.key_path, os.urandom).public
    hall.start()
    record = house.ada.records.log("contact", CONTACT)
    for phone in (house.lead, house.ada):
        with pytest.raises(ServerFault):
            await phone.sync()
    # A mistyped key, and any other statement, stay unsaid.
    waiting = house.lead.waiting()
    with pytest.raises(ServerFault):
        await house.lead.state_server(new_key(house), ADDRESS)
    with pytest.raises(ServerFault):
        await house.lead.invite("member")
    assert house.lead.waiting() == waiting
    await house.lead.state_server(key, ADDRESS)
    assert place(house.lead) == (ADDRESS, key)
    for phone in (house.lead, house.ada, house.lead):
        await phone.sync()
        assert place(phone) == (ADDRESS, key)
    assert house.ada.records.unsent() == 0
    assert house.ada.records.get(record).fields
    assert house.lead.notes() == house.ada.notes() == []


async def test_a_lead_who_did_not_sync_last_states_the_key_that_was_lost(house: House) -> None:
    """A member had linked a phone since: the server refused the statement, it stuck in the outbox, and no lead could
    learn what it had to stand upon.
    """
    hall = house.hall
    await house.lead.sync()
    await house.ada.link()
    waiting = house.lead.waiting()
    hall.halt()
    hall.settings.key_path.unlink()
    key = server_key(hall.settings.key_path, os.urandom).public
    hall.start()
    await house.lead.state_server(key, ADDRESS)
    assert (place(house.lead), house.lead.waiting()) == ((ADDRESS, key), waiting)
    for phone in (house.lead, house.ada, house.second):
        await phone.sync()
        assert place(phone) == (ADDRESS, key)
    assert house.lead.engine.roster.server_key == house.ada.engine.roster.server_key == key
