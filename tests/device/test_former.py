"""A phone that was revoked, and comes in again, says again what it had got acknowledged and nobody had pulled."""

import shutil
from datetime import date

import pytest

from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device import former
from device.ceremonies import revoking
from device.engine import Publication
from device.phone import Phone
from device.transport import ServerProblem
from device.voided import load_void
from sync.state import RosterState
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.hall import ADDRESS


def device(phone: Phone) -> bytes:
    return phone.engine.identity.device


async def revoke_unpulled(by: Phone, phone: Phone, since: date | None = None, typed: str = "") -> None:
    """Between the last pull and the statement of `by`, everything that waits on the other phone is acknowledged."""
    gone = device(phone)
    code = InviteKeys.from_secret(from_paper(typed)) if typed else None

    async def decide(roster: RosterState) -> Publication | None:
        until = by._position_before(since)
        publication = await revoking.decide_revocation(by.engine, gone, until, code, roster)
        await phone.sync()
        return publication

    await by.engine.publish(decide)
    await by.sync()
    await by.sync()
    assert phone.records.unsent() == phone.waiting() == 0


async def back(phone: Phone, helper: Phone) -> None:
    """It is told that it is off, and is linked."""
    with pytest.raises(ServerProblem, match="session"):
        await phone.sync()
    phone.accept(await helper.link())
    await phone.come_in()


async def same(*phones: Phone) -> None:
    """All have synced, nothing waits, and they show the same."""
    for _ in range(2):
        for phone in phones:
            await phone.sync()
    for phone in phones:
        assert phone.records.unsent() == phone.waiting() == 0
        assert phone.notes() == []
    assert all(logged(phone) == logged(phones[0]) for phone in phones)
    assert all(phone.records.conflicts() == phones[0].records.conflicts() for phone in phones)


@pytest.mark.parametrize("paper", [False, True])
async def test_what_was_acknowledged_and_never_pulled_is_said_again_by_the_phone_that_wrote_it(
    house: House, paper: bool
) -> None:
    ada, second = house.ada, house.second
    typed = ""
    if paper:
        typed = await ada.new_code()
        await ada.confirm_code(typed)
    (shared,) = logged(ada)
    written = second.records.log("contact", CONTACT)
    second.records.edit(shared, {"disposition": "warm_handoff"})
    await revoke_unpulled(ada, second, typed=typed)
    assert written not in logged(ada)
    assert load_void(ada.vault.read(), house.personal)[1]
    second.records.edit(written, {"modality": "video"})
    shown = logged(second)
    await back(second, ada)
    # One sync brings it, and meanwhile nothing of it was gone here.
    assert logged(second) == shown
    assert second.records.unsent() == second.waiting() == 0
    await same(ada, second)
    assert set(logged(ada)) == {shared, written}
    assert logged(ada)[shared]["disposition"] == "warm_handoff"
    assert logged(ada)[written]["modality"] == "video"
    assert ada.records.conflicts() == []
    # Whoever comes later needs nobody's memory.
    third = await house.hall.linked(ada, "third")
    assert logged(third) == logged(ada)


async def test_it_keeps_its_stamp_and_stands_beside_what_others_wrote_who_had_not_seen_it(house: House) -> None:
    ada, second = house.ada, house.second
    (shared,) = logged(ada)
    second.records.edit(shared, {"disposition": "warm_handoff"})
    await revoke_unpulled(ada, second)
    ada.records.edit(shared, {"disposition": "info_given"})
    await ada.sync()
    await back(second, ada)
    await same(ada, second)
    (conflict,) = ada.records.conflicts()
    assert {logged(ada)[shared]["disposition"], *conflict.conflicts["disposition"]} == {"warm_handoff", "info_given"}


async def test_a_deletion_that_nobody_had_pulled_is_said_again(house: House) -> None:
    ada, second = house.ada, house.second
    (shared,) = logged(ada)
    second.records.delete(shared)
    await revoke_unpulled(ada, second)
    assert set(logged(ada)) == {shared}
    await back(second, ada)
    await same(ada, second)
    assert logged(ada) == logged(second) == {}


async def test_what_the_owner_of_the_phone_wrote_over_it_stays_the_last_word(house: House) -> None:
    ada, second = house.ada, house.second
    (shared,) = logged(ada)
    second.records.edit(shared, {"disposition": "warm_handoff", "modality": "video"})
    await revoke_unpulled(ada, second)
    second.records.edit(shared, {"disposition": "info_given"})
    await back(second, ada)
    await same(ada, second)
    assert (logged(ada)[shared]["disposition"], logged(ada)[shared]["modality"]) == ("info_given", "video")
    assert ada.records.conflicts() == []


async def test_it_is_said_again_once_however_often_the_phone_comes_and_goes(house: House) -> None:
    ada, second = house.ada, house.second
    written = second.records.log("contact", CONTACT)
    await revoke_unpulled(ada, second)
    await back(second, ada)
    await same(ada, second)
    position = second.engine.ledger.chain(house.programme, house.personal).position
    second = await house.hall.reopen(second)
    await second.engine.sync(flush=False)
    assert second.engine.ledger.chain(house.programme, house.personal).position == position
    # Off and back again, and what it had said again is void this time, too.
    another = second.records.log("contact", CONTACT)
    await revoke_unpulled(ada, second)
    assert another not in logged(ada)
    await back(second, ada)
    await same(ada, second)
    assert {written, another} <= set(logged(ada))
    assert ada.records.conflicts() == []
    assert len(former.devices(second.vault.read())) == 2


async def test_what_it_had_said_again_and_was_overwritten_does_not_come_back(house: House) -> None:
    ada, second = house.ada, house.second
    (shared,) = logged(ada)
    second.records.edit(shared, {"disposition": "warm_handoff"})
    await revoke_unpulled(ada, second)
    await back(second, ada)
    await same(ada, second)
    ada.records.edit(shared, {"disposition": "info_given"})
    await same(ada, second)
    await ada.revoke(device(second))
    await back(second, ada)
    await same(ada, second)
    assert logged(second)[shared]["disposition"] == "info_given"
    assert ada.records.conflicts() == []


async def test_of_two_phones_that_come_back_at_once_each_says_its_own(house: House) -> None:
    ada, second = house.ada, house.second
    third = await house.hall.linked(ada, "third")
    await same(ada, second, third)
    (shared,) = logged(ada)
    mine, other = second.records.log("contact", CONTACT), third.records.log("contact", CONTACT)
    second.records.edit(shared, {"disposition": "warm_handoff"})
    third.records.edit(shared, {"disposition": "warm_handoff"})
    await revoke_unpulled(ada, second)
    await revoke_unpulled(ada, third)
    for phone in (second, third):
        with pytest.raises(ServerProblem):
            await phone.sync()
    second.accept(await ada.link())
    third.accept(await ada.link())
    await second.come_in()
    await third.come_in()
    await same(ada, second, third)
    assert set(logged(ada)) == {shared, mine, other}
    # Equal values are no conflict.
    assert ada.records.conflicts() == []
    assert logged(ada)[shared]["disposition"] == "warm_handoff"


async def test_two_copies_of_the_revoked_phone_say_it_and_it_stands_once(house: House) -> None:
    ada, second = house.ada, house.second
    (shared,) = logged(ada)
    second.records.edit(shared, {"disposition": "warm_handoff"})
    await revoke_unpulled(ada, second)
    for name in ("second", "second.keystore"):
        shutil.copytree(house.hall.folder / name, house.hall.folder / name.replace("second", "copy"))
    copy = house.hall.open_phone("copy")
    await back(second, ada)
    await same(ada, second)
    ada.records.edit(shared, {"disposition": "info_given"})
    await same(ada, second)
    await back(copy, ada)
    await same(ada, second, copy)
    assert logged(ada)[shared]["disposition"] == "info_given"
    assert ada.records.conflicts() == []


async def test_a_lead_says_again_what_it_had_shared(house: House) -> None:
    lead, second = house.lead, await house.hall.linked(house.lead, "desk")
    await lead.sync()
    shared = second.records.log("resource", RESOURCE)
    await revoke_unpulled(lead, second)
    await house.ada.sync()
    assert house.ada.records.list("resource") == []
    await back(second, lead)
    await second.sync()
    for phone in (lead, house.ada, house.second):
        await phone.sync()
        assert [record.id for record in phone.records.list("resource")] == [shared]


async def test_a_phone_that_was_stolen_and_is_found_brings_back_nothing_of_the_thiefs(house: House) -> None:
    ada, second, hall = house.ada, house.second, house.hall
    mine = second.records.log("contact", CONTACT)
    second.engine.flush()
    hall.pass_days(3)
    stolen = second.today()
    await house.lead.invite()
    await ada.sync()
    # The thief has an unlocked phone, which has seen the newer roster by then.
    await second.sync(flush=False)
    (shared,) = logged(ada).keys() - {mine}
    forged = second.records.log("contact", CONTACT)
    second.records.delete(shared)
    await revoke_unpulled(ada, second, stolen)
    await back(second, ada)
    await same(ada, second)
    assert set(logged(ada)) == {shared, mine}
    assert forged not in logged(second)


async def test_a_thiefs_revocation_denies_nothing_once_its_phone_is_taken_off(house: House) -> None:
    ada, thief, hall = house.ada, house.second, house.hall
    third = await hall.linked(ada, "third")
    hall.pass_days(3)
    stolen = thief.today()
    await house.lead.invite()
    for phone in (ada, third, thief):
        await phone.sync()
    written = ada.records.log("contact", CONTACT)
    # As if nothing that was written since then were its owner's.
    await revoke_unpulled(thief, ada, stolen)
    await third.sync()
    assert written not in logged(third)
    # Without the paper it is taken off, and its revocation stands: the phone comes in anew.
    await third.revoke(device(thief), stolen)
    await back(ada, third)
    await same(ada, third)
    assert written in logged(third)


async def test_what_a_copy_of_its_keys_got_accepted_later_is_not_said_again(house: House) -> None:
    """A thief with the old keys, and a server that helps: the phone itself had never believed these entries."""
    ada, second, hall = house.ada, house.second, house.hall
    for name in ("second", "second.keystore"):
        shutil.copytree(hall.folder / name, hall.folder / name.replace("second", "copy"))
    copy = hall.open_phone("copy")
    forged = copy.records.log("contact", CONTACT)
    await revoke_unpulled(ada, copy)
    await back(second, ada)
    await same(ada, second)
    assert forged not in logged(ada)
    assert forged not in logged(second)


async def test_it_comes_from_paper_too(house: House) -> None:
    ada, second = house.ada, house.second
    typed = await ada.new_code()
    await ada.confirm_code(typed)
    written = second.records.log("contact", CONTACT)
    await revoke_unpulled(ada, second)
    with pytest.raises(ServerProblem):
        await second.sync()
    second.recover_with(ADDRESS, typed)
    await second.come_in()
    await same(ada, second)
    assert written in logged(ada)
