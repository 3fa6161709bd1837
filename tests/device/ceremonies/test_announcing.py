"""Rules versions: announced once a program can do more; above its own a phone does nothing, and loses nothing."""

import pytest

from device.ceremonies import announcing
from device.engine import Publication
from device.outbox import Rows
from device.phone import Phone
from device.writer import CannotSign
from store import admission
from sync.device.replica import RulesNewer
from sync.state import RosterState
from sync.statements import SetRules
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged


def announced(phone: Phone) -> list[int]:
    return [device.rules for _, device in sorted(phone.engine.roster.devices.items())]


async def test_a_phone_that_can_do_more_says_so_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.ada.sync()
    assert announced(house.ada) == [1, 1, 1]
    before = house.ada.engine.roster.chain.position
    monkeypatch.setattr(announcing, "RULES", 2)
    for _ in range(2):
        await house.ada.sync()
    assert sorted(announced(house.ada)) == [1, 1, 2]
    assert house.ada.engine.roster.chain.position == before + 1


async def test_under_newer_rules_a_phone_reads_and_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "RULES", 2)
    for phone in (house.ada, house.second, house.lead):
        await phone.sync()
    monkeypatch.undo()
    # The server is newer than these phones: one that is not refuses such a statement.
    monkeypatch.setattr(admission, "RULES", 2)

    async def raised(_: RosterState) -> Publication:
        return SetRules(house.lead.engine.writer.day(), 2), Rows()

    with pytest.raises(RulesNewer):
        await house.lead.engine.publish(raised)
    known, before = set(logged(house.ada)), house.ada.engine.roster
    kept = house.ada.records.log("contact", CONTACT)
    with pytest.raises(RulesNewer):
        await house.ada.sync()
    phone = await house.hall.reopen(house.ada)
    with pytest.raises(RulesNewer):
        await phone.sync()
    assert phone.engine.roster.chain == before.chain
    assert "update this program" in phone.notes()[0]
    waiting = phone.waiting()
    later = phone.records.log("contact", CONTACT)
    with pytest.raises(RulesNewer):
        await phone.sync()
    with pytest.raises(RulesNewer):
        await phone.link()
    assert phone.waiting() == waiting
    assert set(logged(phone)) == known | {kept, later}
    with pytest.raises(CannotSign), phone.vault.write() as connection:
        phone.engine.writer.place(connection, house.programme)
