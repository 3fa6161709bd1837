"""Departures of a branch that was set aside, stated again before anything else."""

import pytest

from device.ceremonies.reissuing import reissue
from device.debt import load_debt, owe
from device.phone import Phone
from sync.device.branches import Owed
from sync.device.replica import ServerFault
from tests.device.conftest import House
from tests.device.contacts import CONTACT
from tests.device.test_repairing import lose, week


def indebted(phone: Phone, owed: Owed) -> None:
    with phone.vault.write() as connection:
        owe(connection, [owed])


async def test_nothing_else_is_written_before(house: House) -> None:
    third = await house.hall.linked(house.ada, "third")
    await house.ada.sync()
    account, since = house.ada.engine.identity.account, house.ada.engine.roster.chain.position
    indebted(house.ada, Owed("revoke", third.engine.identity.device, account, since))
    house.ada.records.log("contact", CONTACT)
    await house.ada.engine.sync()
    assert house.ada.records.unsent() == 1
    assert any(note.startswith("a phone that was revoked is back") for note in house.ada.notes())
    with pytest.raises(ServerFault, match="sync first"):
        await house.ada.link()
    await house.ada.sync()
    assert third.engine.identity.device in house.ada.engine.roster.former
    assert load_debt(house.ada.vault.read()).owed == ()
    await house.everything_arrives()


async def test_keys_that_the_server_lost_do_not_stop_what_is_owed(house: House) -> None:
    """Only an entry of this phone could give them back, and that waits for the statement which needs them."""
    third = await house.hall.linked(house.ada, "third")
    await week(house, house.ada, house.second, house.lead)
    account, since = house.ada.engine.identity.account, house.ada.engine.roster.chain.position
    indebted(house.ada, Owed("revoke", third.engine.identity.device, account, since))
    lose(house.hall, "hpke_keys")
    await house.ada.sync()
    assert third.engine.identity.device in house.ada.engine.roster.former
    await week(house, house.ada, house.second, house.lead)
    answer = await house.ada.engine.session.call(house.ada.engine.transport.missing)
    assert (answer.keys, answer.wraps) == ([], [])
    await house.everything_arrives()


async def test_two_phones_of_an_account_state_it_once(house: House) -> None:
    third = await house.hall.linked(house.ada, "third")
    await house.second.sync()
    await house.ada.sync()
    account, since = house.ada.engine.identity.account, house.ada.engine.roster.chain.position
    owed = Owed("revoke", third.engine.identity.device, account, since)
    indebted(house.ada, owed)
    indebted(house.second, owed)
    await house.ada.sync()
    await house.second.sync()
    await house.everything_arrives()
    assert house.ada.engine.roster.spaces[house.personal].epoch == 2


async def test_what_the_rules_refuse_is_said_and_stops_nothing(house: House) -> None:
    """This phone came by the one that it would have to take off."""
    first = house.ada.engine.identity.device
    account = house.ada.engine.identity.account
    indebted(house.second, Owed("revoke", first, account, 0))
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    assert house.second.records.unsent() == 0
    assert any("this phone may not end it" in note for note in house.second.notes())
    assert await reissue(house.second.engine) == []
    assert first in house.second.engine.roster.devices


async def test_a_phone_that_came_by_whom_it_may_not_take_off_keeps_its_own_word(house: House) -> None:
    """It treated itself as departed, for good: what it wrote was void to it alone, and each sync wrote more."""
    first, account = house.ada.engine.identity.device, house.ada.engine.identity.account
    indebted(house.second, Owed("revoke", first, account, 0))
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    written = house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.ada.sync()
    await house.second.sync(flush=False)
    shown = [{one.id for one in phone.records.view.records("personal")} for phone in (house.ada, house.second)]
    assert written in shown[1]
    assert shown[0] == shown[1]
    end = house.second.engine.ledger.chain(house.second.engine.identity.programme, house.personal).position
    await house.second.sync(flush=False)
    assert house.second.engine.ledger.chain(house.second.engine.identity.programme, house.personal).position == end
