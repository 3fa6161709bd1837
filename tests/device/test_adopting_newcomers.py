"""Phones and accounts that a restored server does not know come in again; thieves and copies do not."""

import shutil

import pytest

from device.transport import ServerProblem
from sync.device.replica import ServerFault
from sync.ticket import TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.device.restored import aside, everyone_agrees, shown
from tests.support.hall import ADDRESS


async def test_a_phone_that_the_server_lost_is_linked_again_with_all_it_holds(house: House) -> None:
    yesterday = house.hall.backup("yesterday")
    third = await house.hall.linked(house.ada, "third")
    third.records.log("contact", CONTACT)
    await third.sync()
    house.hall.restore(yesterday)
    third.records.log("contact", CONTACT)
    with pytest.raises(ServerProblem):
        await third.sync()
    for _ in range(2):
        await house.second.link()
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    third.accept(await house.second.link())
    with pytest.raises(ServerFault):
        await third.come_in()
    assert len(logged(third)) == 3
    await house.lead.sync()
    await house.lead.restored()
    await third.come_in()
    assert len(logged(third)) == 5
    await everyone_agrees(house, third)
    assert shown(third) == shown(house.ada)


async def test_an_account_that_the_server_lost_joins_again_with_all_it_holds(house: House) -> None:
    yesterday = house.hall.backup("yesterday")
    ben = await house.hall.joined(house.lead, "ben")
    kept = ben.records.log("contact", CONTACT)
    await ben.sync()
    ben.records.edit(kept, {"modality": "video"})
    house.hall.restore(yesterday)
    with pytest.raises(ServerProblem):
        await ben.sync()
    await house.second.link()
    await house.second.link()
    with pytest.raises(ServerFault):
        await house.lead.invite()
    await house.lead.restored()
    ben.accept(await house.lead.invite(), "ben")
    await ben.come_in()
    await everyone_agrees(house, ben)
    assert logged(ben)[kept]["modality"] == "video"
    assert ben.records.conflicts() == []
    fresh = await house.hall.linked(ben, "fresh")
    assert logged(fresh) == logged(ben)


async def test_a_ticket_makes_no_second_account_of_one_that_is_there(house: House) -> None:
    """Only a server that lost an account lets its phone in as somebody new."""
    await house.ada.revoke(house.second.engine.identity.device)
    with pytest.raises(ServerProblem):
        await house.second.sync()
    house.second.accept(await house.lead.invite(), "ada")
    with pytest.raises(TicketWrong):
        await house.second.come_in()
    assert len(logged(house.second)) == 1
    house.second.accept(await house.ada.link())
    await house.second.come_in()
    await everyone_agrees(house)


async def test_a_lost_phone_recovers_from_paper_over_a_restore(house: House) -> None:
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    await house.second.sync()
    yesterday = house.hall.backup("yesterday")
    third = await house.hall.linked(house.ada, "third")
    third.records.log("contact", CONTACT)
    await third.sync()
    house.hall.restore(yesterday)
    with pytest.raises(ServerProblem):
        await third.sync()
    await house.second.link()
    await house.lead.restored()
    third.recover_with(ADDRESS, code)
    await third.come_in()
    await everyone_agrees(house, third)
    assert len(logged(house.second)) == 2


async def test_paper_outranks_a_thief_who_was_faster_at_the_restored_server(house: House) -> None:
    """The stolen phone takes its owner's phones off before they meet the server: they cannot even open a session."""
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    thief = await house.hall.linked(house.ada, "thief")
    for phone in (house.second, house.ada, thief):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    kept = house.ada.records.log("contact", CONTACT)
    await house.ada.revoke(thief.engine.identity.device)
    house.hall.restore(yesterday)
    await thief.revoke(house.second.engine.identity.device)
    with pytest.raises(ServerProblem):
        await house.second.sync()
    thief.records.log("contact", CONTACT)
    await thief.sync()
    await house.lead.sync()
    await house.lead.restored()
    house.second.recover_with(ADDRESS, code)
    await house.second.come_in()
    await everyone_agrees(house)
    assert thief.engine.identity.device in house.second.engine.roster.former
    assert kept in logged(house.second)
    assert len(logged(house.second)) == 2


async def test_a_copy_of_this_phone_on_the_other_branch_is_noticed(house: House) -> None:
    """What these keys wrote there, and this vault never signed, was written by a copy."""
    hall = house.hall
    await house.ada.sync()
    await house.ada.close()
    for name in ("ada", "ada.keystore"):
        shutil.copytree(hall.folder / name, hall.folder / name.replace("ada", "twin"))
    ada, twin = hall.open_phone("ada"), hall.open_phone("twin")
    yesterday = hall.backup("yesterday")
    await ada.link()
    hall.restore(yesterday)
    for _ in range(2):
        twin.records.log("contact", CONTACT)
        await twin.sync()
    await house.lead.invite()
    await house.lead.restored()
    await ada.sync(flush=False)
    kept = ada.records.log("contact", CONTACT)
    assert any("another copy of this phone has written" in note for note in ada.notes())
    assert (len(logged(ada)), ada.records.unsent()) == (4, 1)
    ada.accept(await house.second.link())
    await ada.come_in()
    await house.second.sync()
    assert kept in logged(house.second)


async def test_what_a_stolen_phone_was_faster_to_say_again_is_said_once_more(house: House) -> None:
    """Who holds a phone of the account goes over first. What it says again is void once the theft is reported."""
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    thief = await house.hall.linked(house.ada, "thief")
    (shared,) = logged(house.ada)
    for phone in (house.second, house.ada, thief):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    kept = house.ada.records.log("contact", CONTACT)
    changed = house.ada.records.log("contact", CONTACT)
    house.ada.records.delete(shared)
    await house.ada.sync()
    house.hall.pass_days(3)
    stolen = house.ada.today()
    await thief.sync()
    house.hall.restore(yesterday)
    await house.second.link()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.lead.sync()
    await house.lead.restored()
    for _ in range(2):
        await thief.sync()
    await house.ada.sync()
    assert house.ada.waiting() == aside(house.ada) == 0
    house.ada.records.edit(changed, {"modality": "video"})
    await house.ada.sync()
    thief.records.delete(kept)
    await thief.sync()
    await house.ada.revoke(thief.engine.identity.device, stolen, code)
    await everyone_agrees(house)
    assert logged(house.second)[kept]["modality"] == CONTACT["modality"]
    # What its owner wrote over it meanwhile stays the last word.
    assert logged(house.second)[changed]["modality"] == "video"
    assert house.second.records.conflicts() == []
    assert shared not in logged(house.second)
    assert len(logged(house.second)) == 3
