"""A server put back from a backup and written to by others: what a phone that knew more does, declared or not."""

import pytest

from device.phone import Phone
from sync.device.replica import ServerFault
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged


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
