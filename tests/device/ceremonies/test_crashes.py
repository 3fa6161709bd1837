"""Each ceremony, with the phone dying at every single step of it: repeated until it is done, it ends as it should."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.operator import founding_ticket
from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device.ceremonies import inviting, lost_keys, recovering
from device.ceremonies.lost_keys import LostKey
from device.erasures import erasures
from device.phone import JoinedAlready, Phone
from sync.erasure import Erase
from sync.ticket import Ticket
from tests.device.ceremonies.test_lost_keys import lose_wraps
from tests.device.ceremonies.test_mending import rotate_with_garbage
from tests.device.contacts import CONTACT, DISPOSITIONS, RESOURCE, logged
from tests.support.crash import Crash, Crasher
from tests.support.hall import ADDRESS, Hall

MOST_STEPS = 150


@dataclass
class Scene:
    """A ceremony. `ready` makes the files before it and gives what has to be remembered, as JSON; `act` is what the
    person does, again after each crash; `done` looks at the end."""

    who: str
    ready: Callable[[Hall], Awaitable[Any]]
    act: Callable[[Phone, Any], Awaitable[Any]]
    done: Callable[[Hall, Phone, Any], Awaitable[None]]
    house: bool = True


async def see(*phones: Phone, accounts: int = 2, devices: int = 3) -> None:
    """All these phones agree, have sent everything, and the programme has so many accounts and devices."""
    for _ in range(2):
        for phone in phones:
            await phone.sync()
    for phone in phones:
        assert (phone.waiting(), phone.records.unsent(), phone.notes()) == (0, 0, [])
        assert (len(phone.engine.roster.accounts), len(phone.engine.roster.devices)) == (accounts, devices)


# Found.


async def ticket_to_found(hall: Hall) -> str:
    hall.new_phone("founder")
    return founding_ticket(hall.settings).to_text()


async def act_found(phone: Phone, ticket: str) -> None:
    with suppress(JoinedAlready):
        await phone.found(Ticket.from_text(ticket), "Lea")


async def founded(_hall: Hall, phone: Phone, _: Any) -> None:
    await see(phone, accounts=1, devices=1)
    assert [one.name for one in phone.members()] == ["Lea"]


# Join, link, recover.


async def ticket_to_join(hall: Hall) -> str:
    hall.new_phone("joiner")
    return (await hall.open_phone("lead").invite(uses=5)).to_text()


async def ticket_to_lead(hall: Hall) -> str:
    hall.new_phone("joiner")
    return (await hall.open_phone("lead").invite("lead")).to_text()


async def act_join(phone: Phone, ticket: str) -> None:
    with suppress(JoinedAlready):
        phone.accept(Ticket.from_text(ticket), "Bo")
        await phone.come_in()


async def joined(hall: Hall, phone: Phone, _: Any) -> None:
    lead = hall.open_phone("lead")
    await see(phone, lead, accounts=3, devices=4)
    assert [one.name for one in lead.members()] == ["lead", "ada", "Bo"]
    phone.records.log("contact", CONTACT)
    await see(phone, lead, accounts=3, devices=4)


async def ticket_to_link(hall: Hall) -> str:
    hall.new_phone("third")
    return (await hall.open_phone("ada").link()).to_text()


async def linked(hall: Hall, phone: Phone, _: Any) -> None:
    ada = hall.open_phone("ada")
    await see(phone, ada, devices=4)
    assert logged(phone) == logged(ada)
    assert len(logged(phone)) == 1


async def code_on_paper(hall: Hall) -> str:
    hall.new_phone("third")
    ada = hall.open_phone("ada")
    code = await ada.new_code()
    await ada.confirm_code(code)
    return code


async def act_recover(phone: Phone, code: str) -> None:
    phone.recover_with(ADDRESS, code)
    await phone.come_in()


# Codes.


async def recovered(hall: Hall) -> None:
    code = await code_on_paper(hall)
    await act_recover(hall.phones[0], code)


async def act_renew(phone: Phone, _: Any) -> None:
    await phone.new_code()


async def renewed(hall: Hall, phone: Phone, _: Any) -> None:
    ada = hall.open_phone("ada")
    await see(phone, ada, devices=4)
    roster = phone.engine.roster
    assert roster.spaces[phone.engine.writer.personal].epoch == 2
    assert len(roster.open_invites("recovery", account=phone.engine.identity.account)) == 2
    ada.records.log("contact", CONTACT)
    await see(ada, phone, devices=4)
    assert len(logged(phone)) == 2


async def act_revoke_others(phone: Phone, _: Any) -> None:
    await phone.revoke_others(set())
    await phone.new_code()


async def alone(hall: Hall, phone: Phone, _: Any) -> None:
    await see(phone, devices=2)
    assert phone.engine.roster.spaces[phone.engine.writer.personal].epoch == 3
    assert len(phone.engine.roster.open_invites("recovery", account=phone.engine.identity.account)) == 2
    third = await hall.linked(phone, "last")
    assert logged(third) == logged(phone)
    assert len(logged(phone)) == 1


async def garbage_for_the_code(hall: Hall) -> str:
    code = await code_on_paper(hall)
    second = hall.open_phone("second")
    await second.sync()
    await rotate_with_garbage(second, {InviteKeys.from_secret(from_paper(code)).id})
    return code


async def garbage_only(hall: Hall, phone: Phone, _: Any) -> None:
    ada = hall.open_phone("ada")
    await ada.sync()
    assert logged(phone) == logged(ada)
    lost = await lost_keys.lost_key(phone.engine)
    assert lost == LostKey(hall.open_phone("second").engine.identity.device, "garbage")


async def recovered_from_garbage(hall: Hall) -> None:
    code = await garbage_for_the_code(hall)
    await act_recover(hall.phones[0], code)


async def act_take_back(phone: Phone, _: Any) -> None:
    await phone.revoke_others(set(phone.engine.roster.accounts[phone.engine.identity.account].devices))


async def taken_back(hall: Hall, phone: Phone, _: Any) -> None:
    ada = hall.open_phone("ada")
    await see(phone, ada, devices=3)
    assert phone.engine.roster.spaces[phone.engine.writer.personal].epoch == 3
    last = await hall.linked(phone, "last")
    assert logged(last) == logged(phone) == logged(ada)
    assert len(logged(last)) == 1


async def key_lost(hall: Hall) -> str:
    """A restored server has lost the wraps of the newest personal key, and a lead has said that it was restored."""
    code = await code_on_paper(hall)
    _, ada = hall.phones
    lead = hall.open_phone("lead")
    await ada.rotate("personal")
    ada.records.log("contact", CONTACT)
    await ada.sync()
    lose_wraps(hall, ada.engine.writer.personal)
    await lead.restored()
    return code


async def older_only(hall: Hall, phone: Phone, _: Any) -> None:
    assert len(logged(phone)) == 1
    lost = await lost_keys.lost_key(phone.engine)
    assert lost == LostKey(hall.open_phone("ada").engine.identity.device, "lost")


async def recovered_without_key(hall: Hall) -> None:
    code = await key_lost(hall)
    await act_recover(hall.phones[0], code)


async def ended(hall: Hall, phone: Phone, _: Any) -> None:
    """By one rotation, and the other phones say again what they could read."""
    ada, second = hall.open_phone("ada"), hall.open_phone("second")
    hall.pass_days(1)
    await see(ada, second, phone, devices=4)
    assert phone.engine.roster.spaces[phone.engine.writer.personal].epoch == 3
    last = await hall.linked(phone, "last")
    assert logged(last) == logged(phone) == logged(ada) == logged(second)
    assert len(logged(last)) == 2


async def code_shown(hall: Hall) -> str:
    await recovered(hall)
    return await hall.phones[0].new_code()


async def act_confirm(phone: Phone, code: str) -> None:
    if inviting.code_pending(phone.engine):
        await phone.confirm_code(code)


async def confirmed(hall: Hall, phone: Phone, code: str) -> None:
    await see(phone, devices=4)
    codes = phone.engine.roster.open_invites("recovery", account=phone.engine.identity.account)
    assert len(codes) == 1
    assert not recovering.renewal_due(phone.engine)
    last = hall.new_phone("last")
    await act_recover(last, code)
    assert logged(last) == logged(phone)


# Every day.


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


SCENES = {
    "found": Scene("founder", ticket_to_found, act_found, founded, house=False),
    "join as a member": Scene("joiner", ticket_to_join, act_join, joined),
    "join as a lead": Scene("joiner", ticket_to_lead, act_join, joined),
    "link": Scene("third", ticket_to_link, act_join, linked),
    "recover": Scene("third", code_on_paper, act_recover, linked),
    "renew": Scene("third", recovered, act_renew, renewed),
    "take the other phones off": Scene("third", recovered, act_revoke_others, alone),
    "recover after a garbage rotation": Scene("third", garbage_for_the_code, act_recover, garbage_only),
    "take the key back": Scene("third", recovered_from_garbage, act_take_back, taken_back),
    "recover without a lost key": Scene("third", key_lost, act_recover, older_only),
    "end the epoch of a lost key": Scene("third", recovered_without_key, act_renew, ended),
    "confirm the new code": Scene("third", code_shown, act_confirm, confirmed),
    "rotate": Scene("ada", nothing, act_rotate, rotated),
    "revoke": Scene("ada", device_to_revoke, act_revoke, revoked),
    "remove": Scene("lead", account_to_remove, act_remove, removed),
    "sync": Scene("ada", changes_waiting, act_sync, synced),
    "repack": Scene("ada", dead_content, act_sync, repacked),
    "write again what an erasure would take": Scene("ada", something_erased, act_sync, survived),
    "go over to a declared branch": Scene("ada", declared_restore, act_sync, adopted),
    "take a name": Scene("lead", name_waiting, act_sync, named),
}


@pytest.mark.parametrize("name", SCENES)
def test_a_crash_at_any_step_costs_nothing(name: str, built: Path, tmp_path: Path) -> None:
    scene, ready = SCENES[name], tmp_path / "ready"
    if scene.house:
        shutil.copytree(built, ready)

    async def prepare() -> Any:
        async with Hall(ready) as hall:
            return await scene.ready(hall)

    async def dying_at(step: int, remembered: Any) -> bool:
        """Whether there was such a step."""
        folder = tmp_path / str(step)
        shutil.copytree(ready, folder)
        async with Hall(folder) as hall:
            phone = hall.open_phone(scene.who)
            crasher = Crasher(hall, phone)
            crasher.at = step
            with crasher.watching():
                try:
                    await scene.act(phone, remembered)
                except Crash:
                    phone = await hall.reopen(phone)
                    await scene.act(phone, remembered)
            await scene.done(hall, phone, remembered)
            crasher.check_numbers()
        shutil.rmtree(folder)
        return crasher.steps >= step

    remembered = json.loads(json.dumps(asyncio.run(prepare())))
    step = 1
    while asyncio.run(dying_at(step, remembered)):
        step += 1
        assert step < MOST_STEPS
    assert step > 6
