"""New keys and policies."""

import pytest

from device.keyring import epoch_key, held_key, hold_key
from device.transport import ServerProblem
from device.wrapping import KeyNotHere
from sync.readers import readers
from sync.statements import Policy
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged


@pytest.mark.parametrize("space", ["personal", "commons"])
async def test_an_invite_that_expired_unseen_does_not_stop_rotations(house: House, space: str) -> None:
    """The statement's own day ends it: a wrap for it was refused as one too many, every time, for ever."""
    await house.lead.invite(days=3)
    await house.lead.link()
    house.hall.pass_days(20)
    await house.lead.rotate(space)
    roster = house.lead.engine.roster
    log = roster.space_log(space, house.lead.engine.identity.account if space == "personal" else b"")
    assert roster.spaces[log].epoch == 2
    assert len(readers(roster, log)) == 2
    await house.ada.sync()


async def test_an_open_invite_reads_what_is_sealed_under_the_new_key(house: House) -> None:
    ticket = await house.lead.invite(days=14)
    house.hall.pass_days(14)
    await house.lead.rotate("commons")
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    phone = house.hall.new_phone("phone")
    phone.accept(ticket, "Bo")
    await phone.come_in()
    assert len(phone.records.list("resource")) == 1


@pytest.mark.parametrize("space", ["commons", "leads"])
async def test_a_member_rotates_no_shared_space(house: House, space: str) -> None:
    with pytest.raises((ServerProblem, KeyNotHere)):
        await house.ada.rotate(space)
    assert house.ada.waiting() == 0
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.second.sync()
    assert logged(house.second) == logged(house.ada)


async def test_a_key_that_lost_the_race_is_not_taken_for_the_right_one(house: House) -> None:
    with house.ada.vault.write() as connection:
        hold_key(connection, house.personal, 2, bytes(32))
    await house.second.rotate("personal")
    await house.second.sync()
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    reader, roster = house.ada.vault.read(), house.ada.engine.roster
    assert held_key(reader, roster, house.personal, 2) == epoch_key(reader, house.personal, 2) != bytes(32)
    await house.second.sync()
    assert logged(house.second) == logged(house.ada)


async def test_a_policy_below_the_floor_is_refused_and_forgotten(house: House) -> None:
    with pytest.raises(ServerProblem, match="policy-floor"):
        await house.lead.set_policy(Policy(contact_days=1))
    assert house.lead.waiting() == 0
    await house.lead.set_policy(Policy(contact_days=90))
    await house.ada.sync()
    assert house.ada.engine.roster.policy.contact_days == 90


async def test_a_missing_key_is_said_before_anything_is_signed(house: House) -> None:
    await house.ada.rotate("personal")
    house.evil.answering(lambda _, answer: answer.update(wraps=[]), path="/v1/wraps")
    with pytest.raises(KeyNotHere):
        await house.second.rotate("personal")
    assert house.second.waiting() == 0
    house.hall.wire.be_honest()
    await house.second.rotate("personal")
    assert house.second.engine.roster.spaces[house.personal].epoch == 3
