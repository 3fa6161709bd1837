"""Ceremonies of coming in, of codes on paper, and of keys that were lost."""

from contextlib import suppress
from typing import Any

from api.operator import founding_ticket
from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device.ceremonies import inviting, lost_keys, recovering
from device.ceremonies.lost_keys import LostKey
from device.phone import JoinedAlready, Phone
from sync.ticket import Ticket
from tests.device.ceremonies.scene import Scene, see
from tests.device.ceremonies.test_lost_keys import lose_wraps
from tests.device.ceremonies.test_mending import rotate_with_garbage
from tests.device.contacts import CONTACT, logged
from tests.support.hall import ADDRESS, Hall

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


COMING = {
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
}
