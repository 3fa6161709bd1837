"""Ceremonies of every day: keys, departures, and all that a sync does."""

from typing import Any

from device.erasures import erasures
from device.phone import Phone
from sync.erasure import Erase
from tests.device.ceremonies.scene import Scene, see
from tests.device.contacts import CONTACT, DISPOSITIONS, RESOURCE, logged
from tests.support.hall import Hall


async def act_rotate(phone: Phone, _: Any) -> None:
    await phone.rotate("personal")


async def nothing(_: Hall) -> None:
    return None


async def rotated(hall: Hall, phone: Phone, _: Any) -> None:
    second = hall.open_phone("second")
    second.records.log("contact", CONTACT)
    await see(second, phone)
    # A person who was not told that it is done does it again.
    assert phone.engine.roster.spaces[phone.engine.writer.personal].epoch in (2, 3)
    assert len(logged(phone)) == len(logged(second)) == 2


async def device_to_revoke(hall: Hall) -> str:
    second = hall.open_phone("second")
    hall.open_phone("ada").records.log("contact", CONTACT)
    return second.engine.identity.device.hex()


async def act_revoke(phone: Phone, device: str) -> None:
    await phone.revoke(bytes.fromhex(device))


async def revoked(hall: Hall, phone: Phone, device: str) -> None:
    lead = hall.open_phone("lead")
    await see(phone, lead, devices=2)
    roster = phone.engine.roster
    assert roster.former[bytes.fromhex(device)].by == phone.engine.identity.device
    assert roster.spaces[phone.engine.writer.personal].epoch == 2
    await lead.rotate("commons")
    third = await hall.linked(phone, "third")
    await see(phone, third, lead, devices=3)
    assert logged(third) == logged(phone)
    assert len(logged(phone)) == 2


async def account_to_remove(hall: Hall) -> str:
    identity = hall.open_phone("ada").identity
    assert identity is not None
    return identity.account.hex()


async def act_remove(phone: Phone, account: str) -> None:
    await phone.remove(bytes.fromhex(account))


async def removed(_hall: Hall, phone: Phone, account: str) -> None:
    await see(phone, accounts=1, devices=1)
    assert bytes.fromhex(account) in phone.engine.roster.departed


async def changes_waiting(hall: Hall) -> None:
    ada, second, lead = (hall.open_phone(name) for name in ("ada", "second", "lead"))
    lead.records.log("resource", RESOURCE)
    await lead.sync()
    (shared,) = logged(ada)
    second.records.edit(shared, {"disposition": "warm_handoff"})
    second.records.log("contact", CONTACT)
    await second.rotate("personal")
    await second.sync()
    *_, last = [ada.records.log("contact", CONTACT) for _ in range(3)]
    ada.records.delete(last)
    ada.records.edit(shared, {"modality": "video"})


async def act_sync(phone: Phone, _: Any) -> None:
    await phone.sync()


async def synced(hall: Hall, phone: Phone, _: Any) -> None:
    second = hall.open_phone("second")
    await see(phone, second)
    assert logged(phone) == logged(second)
    assert len(logged(phone)) == 4
    assert len(phone.records.list("resource")) == 1
    assert phone.records.conflicts() == second.records.conflicts() == []


async def dead_content(hall: Hall) -> None:
    ada, second = hall.open_phone("ada"), hall.open_phone("second")
    (shared,) = logged(ada)
    for number in range(20):
        ada.records.edit(shared, {"disposition": DISPOSITIONS[number % 4]})
        await ada.engine.sync()
    await second.sync()
    second.records.log("contact", CONTACT)
    # Each house of the test begins on the same day: as if this were the first sync of it.
    with ada.vault.write() as connection:
        connection.execute("DELETE FROM meta WHERE key = 'tidied_on'")


async def repacked(hall: Hall, phone: Phone, _: Any) -> None:
    """A phone that died over it decides again tomorrow; nothing is signed twice or lost."""
    second = hall.open_phone("second")
    hall.pass_days(1)
    await see(second, phone)
    assert 1 <= len(erasures(phone.vault.read(), phone.engine.writer.personal)) <= 2
    for _ in range(2):
        hall.pass_days(15)
        hall.app.state.services.erase_due()
        await see(second, phone)
    fresh = await hall.linked(second, "fresh")
    await see(fresh, second, phone, devices=4)
    assert logged(fresh) == logged(phone) == logged(second)
    assert len(logged(fresh)) == 2


async def something_erased(hall: Hall) -> None:
    """Everything is named, and nothing was written again."""
    ada, second = hall.open_phone("ada"), hall.open_phone("second")
    log = second.engine.writer.personal
    rows = second.vault.read().execute("SELECT leaf FROM entries WHERE log = ? ORDER BY leaf", (log,)).fetchall()
    statement = Erase(second.engine.writer.day(), tuple(row[0] for row in rows))
    with second.vault.write() as connection:
        second.engine.writer.tidy(connection, log, [], lambda _: statement)
    await second.engine.sync(flush=False)
    ada.records.log("contact", CONTACT)


async def survived(hall: Hall, phone: Phone, _: Any) -> None:
    second = hall.open_phone("second")
    await see(phone, second)
    hall.pass_days(15)
    hall.app.state.services.erase_due()
    await see(phone, second)
    fresh = await hall.linked(second, "fresh")
    await see(fresh, second, phone, devices=4)
    assert logged(fresh) == logged(phone) == logged(second)
    assert len(logged(fresh)) == 2


async def declared_restore(hall: Hall) -> str:
    """What `ada` did is lost at the server, a revocation too; the other phone has gone on, and the lead has said so."""
    ada, second, lead = (hall.open_phone(name) for name in ("ada", "second", "lead"))
    third = await hall.linked(ada, "third")
    for phone in (second, lead, third):
        await phone.sync()
    yesterday = hall.backup("yesterday")
    (shared,) = logged(ada)
    ada.records.edit(shared, {"modality": "video"})
    await ada.sync()
    await ada.revoke(third.engine.identity.device)
    ada.records.log("contact", CONTACT)
    await ada.sync()
    ada.records.log("contact", CONTACT)
    ada.engine.flush()
    hall.restore(yesterday)
    second.records.edit(shared, {"modality": "email"})
    await second.sync()
    third.records.log("contact", CONTACT)
    await third.sync()
    await lead.invite()
    await lead.restored()
    return third.engine.identity.device.hex()


async def adopted(hall: Hall, phone: Phone, device: str) -> None:
    second, lead = hall.open_phone("second"), hall.open_phone("lead")
    await see(phone, second, lead, devices=3)
    assert bytes.fromhex(device) in phone.engine.roster.former
    assert logged(phone) == logged(second)
    assert len(logged(phone)) == 3
    (conflict,) = second.records.conflicts()
    assert {conflict.fields["modality"], *conflict.conflicts["modality"]} == {"video", "email"}
    assert not phone.vault.read().execute("SELECT 1 FROM aside").fetchone()


async def name_waiting(hall: Hall) -> None:
    lead = hall.open_phone("lead")
    await hall.joined(lead, "Bo")


async def named(_hall: Hall, phone: Phone, _: Any) -> None:
    await see(phone, accounts=3, devices=4)
    assert [one.name for one in phone.members()] == ["lead", "ada", "Bo"]
    answer = await phone.engine.session.call(phone.engine.transport.names)
    assert answer.names == []


STAYING = {
    "rotate": Scene("ada", nothing, act_rotate, rotated),
    "revoke": Scene("ada", device_to_revoke, act_revoke, revoked),
    "remove": Scene("lead", account_to_remove, act_remove, removed),
    "sync": Scene("ada", changes_waiting, act_sync, synced),
    "repack": Scene("ada", dead_content, act_sync, repacked),
    "write again what an erasure would take": Scene("ada", something_erased, act_sync, survived),
    "go over to a declared branch": Scene("ada", declared_restore, act_sync, adopted),
    "take a name": Scene("lead", name_waiting, act_sync, named),
}
