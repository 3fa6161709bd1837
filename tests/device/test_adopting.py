"""A server put back from a backup and written to by others: what a phone that knew more does, declared or not."""

import pytest

from device.phone import Phone
from sync.device.replica import ServerFault
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged


async def everyone_agrees(house: House, *others: Phone) -> None:
    """Two rounds bring all phones to the same roster, and those of the member to the same records."""
    phones = [house.lead, house.ada, house.second, *others]
    for _ in range(3):
        for phone in phones:
            await phone.sync()
    for phone in phones:
        assert (phone.records.unsent(), phone.waiting(), phone.notes()) == (0, 0, [])
        assert phone.engine.roster == house.ada.engine.roster
        assert aside(phone) == 0
    assert shown(house.ada) == shown(house.second)


def shown(phone: Phone) -> dict[bytes, object]:
    return {record.id: (record.fields, record.conflicts) for record in phone.records.list("contact")}


def aside(phone: Phone) -> int:
    (found,) = phone.vault.read().execute("SELECT COUNT(*) FROM aside WHERE NOT kept").fetchone()
    return int(found)


async def forked(house: House) -> dict[bytes, object]:
    """The server goes back; what `ada` had done since is lost there, and `second` goes on. What `ada` shows by then."""
    yesterday = house.hall.backup("yesterday")
    (shared,) = logged(house.ada)
    house.ada.records.edit(shared, {"modality": "video"})
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    await house.ada.link()
    house.hall.restore(yesterday)
    house.second.records.edit(shared, {"modality": "email"})
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.second.link()
    await house.second.link()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    return shown(house.ada)


async def test_an_undeclared_fork_is_an_alarm_that_loses_nothing(house: House) -> None:
    before = await forked(house)
    house.ada.records.log("contact", CONTACT)
    for _ in range(2):
        await house.ada.sync()
        assert any(note.startswith("roster: contradiction") for note in house.ada.notes())
    assert {id_: shown(house.ada)[id_] for id_ in before} == before
    assert house.ada.records.unsent() == 1
    assert len(await house.ada.evidence()) > 0
    with pytest.raises(ServerFault):
        await house.ada.link()


async def test_a_declared_restore_brings_both_histories_together(house: House) -> None:
    before = await forked(house)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.lead.sync()
    await house.lead.restored()
    report = await house.ada.sync()
    assert any("came back from a backup" in note for note in report.notes)
    await everyone_agrees(house)
    now = shown(house.ada)
    assert len(now) == 1 + 3 + 1 + 2
    assert before.keys() <= now.keys()
    (conflict,) = house.ada.records.conflicts()
    assert {conflict.fields["modality"], *conflict.conflicts["modality"]} == {"video", "email"}
    assert await house.ada.evidence() == []


async def test_a_lying_server_that_forks_without_a_restore_is_never_followed(house: House) -> None:
    """A `restored` from before the fork is none for it."""
    await house.lead.restored()
    for phone in (house.lead, house.ada, house.second):
        await phone.sync()
    before = await forked(house)
    for _ in range(3):
        await house.ada.sync()
        await house.lead.sync()
    assert shown(house.ada) == before
    assert any(note.startswith("roster: contradiction") for note in house.ada.notes())


async def test_a_personal_fork_alone_is_an_alarm_until_a_restore_is_declared(house: House) -> None:
    """The roster agrees; what the server lost of one space was written over by the other phone."""
    yesterday = house.hall.backup("yesterday")
    for _ in range(2):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    house.hall.restore(yesterday)
    for _ in range(3):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    house.ada.records.log("contact", CONTACT)
    for _ in range(2):
        await house.ada.sync()
        assert any(note.startswith("personal: contradiction") for note in house.ada.notes())
    # The roster agrees, and goes on.
    await house.ada.link()
    assert len(logged(house.ada)) == 4
    await house.lead.sync()
    await house.lead.restored()
    await house.ada.sync()
    await everyone_agrees(house)
    assert len(logged(house.ada)) == 7
    # What was declared once does not excuse what comes after it.
    again = house.hall.backup("again")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.hall.restore(again)
    for _ in range(2):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    await house.ada.sync()
    assert any(note.startswith("personal: contradiction") for note in house.ada.notes())


async def test_removed_members_and_revoked_phones_stay_away(house: House) -> None:
    """A thief's phone, revoked on the branch that was lost, comes to the restored server before its owner does."""
    hall = house.hall
    ben = await hall.joined(house.lead, "ben")
    thief = await hall.linked(house.ada, "thief")
    for phone in (house.lead, house.ada, house.second, ben, thief):
        await phone.sync()
    yesterday = hall.backup("yesterday")
    stolen = thief.engine.identity.device
    await house.ada.revoke(stolen)
    await house.lead.remove(ben.engine.identity.account)
    await house.lead.sync()
    await house.ada.sync()
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    assert (len(house.lead.engine.roster.accounts), len(house.lead.engine.roster.devices)) == (2, 3)
    hall.restore(yesterday)

    thief.records.log("contact", CONTACT)
    await thief.sync()
    helper = await hall.linked(thief, "helper")
    helper.records.log("contact", CONTACT)
    await helper.sync()
    await helper.revoke(stolen)
    ben.records.log("contact", CONTACT)
    await ben.sync()
    # The lead meets the branch that the thief has made longer: a contradiction, even for who may end it.
    await house.lead.sync()
    assert any(note.startswith("roster: contradiction") for note in house.lead.notes())

    await house.lead.restored()
    await everyone_agrees(house)
    roster = house.ada.engine.roster
    for phone in (thief, helper):
        assert phone.engine.identity.device in roster.former
    assert ben.engine.identity.account in roster.departed
    assert len(logged(house.ada)) == 1
    assert len(house.lead.records.list("resource")) == len(house.ada.records.list("resource")) == 1
