"""A server put back from a backup, and what is compared once its phones have met."""

from device.phone import Phone
from schemas.records import Fields
from sync.device.merge import Value
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged

Conflicts = dict[str, list[Value]]


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


def shown(phone: Phone) -> dict[bytes, tuple[Fields, Conflicts]]:
    return {record.id: (record.fields, record.conflicts) for record in phone.records.list("contact")}


def aside(phone: Phone) -> int:
    (found,) = phone.vault.read().execute("SELECT COUNT(*) FROM aside WHERE NOT kept").fetchone()
    return int(found)


async def forked(house: House) -> dict[bytes, tuple[Fields, Conflicts]]:
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


def beside(record: tuple[Fields, Conflicts]) -> set[object]:
    """The values of the modality, the losing ones too."""
    fields, conflicts = record
    return {fields["modality"], *conflicts["modality"]}
