"""Who was removed, revoked or had left stays away when the server is put back from a backup."""

import pytest

from device.debt import load_debt
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.device.restored import everyone_agrees, shown


@pytest.mark.parametrize("thrown_away", [False, True])
async def test_removed_members_and_revoked_phones_stay_away(house: House, *, thrown_away: bool) -> None:
    """A thief's phone, revoked on the branch that was lost, comes to the restored server before its owner does.

    Should it link another one that takes it off, the account's newest member key is in an entry that is void.
    """
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
    if thrown_away:
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
    # Whoever takes a phone off says what stands of it: only the code on paper outranks that.
    assert len(logged(house.ada)) == 1 + thrown_away
    assert len(house.lead.records.list("resource")) == len(house.ada.records.list("resource")) == 1


@pytest.mark.parametrize("on_paper", [False, True])
async def test_who_left_and_is_the_only_one_to_know_leaves_again(house: House, *, on_paper: bool) -> None:
    """Without a code its phone says so anew. With one only its owner can; until then it shows what all others show."""
    account, code = house.ada.engine.identity.account, ""
    if on_paper:
        code = await house.ada.new_code()
        await house.ada.confirm_code(code)
    await house.second.sync()
    yesterday = house.hall.backup("yesterday")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.ada.leave(code)
    house.hall.restore(yesterday)
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.second.link()
    await house.second.link()
    await house.lead.restored()
    await house.ada.sync()
    if on_paper:
        for _ in range(2):
            for phone in (house.lead, house.second, house.ada):
                await phone.sync()
        (note,) = house.ada.notes()
        assert "leave again, with your code" in note
        assert account in house.lead.engine.roster.accounts
        assert len(logged(house.ada)) == 3
        assert shown(house.ada) == shown(house.second)
        assert (house.ada.records.unsent(), house.ada.waiting()) == (0, 0)
        assert len(house.ada.engine.roster.open_invites("recovery", account=account)) == 1
        await house.ada.leave(code)
    await house.lead.sync()
    assert account in house.lead.engine.roster.departed
    assert load_debt(house.ada.vault.read()).owed == ()


async def test_a_lead_who_was_removed_does_not_end_the_alarm(house: House) -> None:
    lia = await house.hall.joined(house.lead, "lia", role="lead")
    for phone in (house.lead, house.ada, house.second, lia):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    await house.lead.remove(lia.engine.identity.account)
    await house.lead.sync()
    await house.ada.sync()
    house.hall.restore(yesterday)
    await lia.restored()
    await lia.remove(house.ada.engine.identity.account)
    lia.records.log("resource", RESOURCE)
    await lia.sync()
    for _ in range(2):
        await house.lead.sync()
        assert any(note.startswith("roster: contradiction") for note in house.lead.notes())
    assert lia.engine.identity.account in house.lead.engine.roster.departed
    assert house.lead.records.list("resource") == []
    await house.lead.restored()
    await house.lead.sync()
    assert lia.engine.identity.account in house.lead.engine.roster.departed
    assert house.lead.records.list("resource") == []
    assert house.lead.notes() == []
