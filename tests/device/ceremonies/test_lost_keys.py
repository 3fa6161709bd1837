"""A personal key that a restored server has lost, and the phone that made it: the code on paper ends its epoch."""

import sqlite3
from contextlib import closing

import pytest

from crypto.public.ids import log_id
from crypto.secret.code import from_paper
from crypto.secret.invite import InviteKeys
from device.ceremonies import lost_keys
from device.ceremonies.lost_keys import LostKey
from device.keyring import held_key
from device.member_key import member_keys
from device.opening import quarantined
from device.phone import Phone
from sync.device.replica import ServerFault
from tests.device.ceremonies.test_mending import paper_of, plain, recovered, rotate_with_garbage
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import Json
from tests.support.hall import ADDRESS, Hall

SAYS = "it lost the newest key"


def lose_wraps(hall: Hall, log: bytes, epoch: int = 2) -> None:
    """As if the server had been put back, been given back all entries, and the wraps of this epoch by nobody."""
    with closing(sqlite3.connect(hall.settings.database_path)) as database, database:
        database.execute("DELETE FROM wraps WHERE log = ? AND epoch = ?", (log, epoch))


def withhold(_: Json, answer: Json) -> None:
    answer["wraps"] = [one for one in answer["wraps"] if one["epoch"] == 1]


async def rotated(house: House) -> tuple[str, bytes]:
    """A code on paper, and a record that stands under a key which the server lost; `second` has never had it."""
    paper, _ = await paper_of(house.ada)
    await house.second.sync()
    await house.ada.rotate("personal")
    late = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    return paper, late


def devices(phone: Phone) -> set[bytes]:
    return set(phone.engine.roster.accounts[phone.engine.identity.account].devices)


async def test_a_key_that_is_lost_twice_is_ended_by_the_code_on_paper(house: House) -> None:
    """The phone that came in from paper was told for ever that the server withholds the key, and others waited."""
    paper, late = await rotated(house)
    lose_wraps(house.hall, house.personal)
    await house.lead.restored()
    waits = house.second.records.log("contact", CONTACT)
    await house.second.sync()
    assert house.second.records.unsent() == 1

    found, notes = await recovered(house, paper)
    assert any(SAYS in note for note in notes)
    assert late not in logged(found)
    assert await lost_keys.lost_key(found.engine) == LostKey(house.ada.engine.identity.device, "lost")
    before = devices(found)
    await found.confirm_code(await found.new_code())
    # Nobody is to blame: no phone is taken off.
    assert devices(found) == before
    await house.second.sync()
    assert house.second.records.unsent() == house.second.waiting() == 0
    # What waited on the other phone has come, under the new key.
    await found.sync()
    assert {waits} == set(logged(found)) - set(logged(house.ada))
    assert plain(found) == plain(house.second)
    report = await found.sync()
    # The sealed entry stays, and is counted.
    assert report.quarantined == 1
    assert not any("key" in note for note in report.notes)


async def test_what_a_lost_key_hides_is_said_again_by_the_phone_that_has_it(house: House) -> None:
    """A server that only says it lost the wraps hides nothing that another phone of the account reads."""
    paper, late = await rotated(house)
    await house.lead.restored()
    house.evil.answering(withhold, path="/v1/wraps", signed=False)
    found, notes = await recovered(house, paper)
    assert any(SAYS in note for note in notes)
    await found.confirm_code(await found.new_code())
    house.hall.wire.be_honest()
    assert late not in logged(found)
    for _ in range(2):
        house.hall.pass_days(1)
        for phone in (house.ada, house.second, found):
            await phone.sync()
    assert late in logged(found)
    assert plain(found) == plain(house.second) == plain(house.ada)
    third = await house.hall.linked(found, "third")
    assert plain(third) == plain(found)


async def test_a_wrap_that_turns_up_after_a_recovery_ends_no_epoch(house: House) -> None:
    """Another phone gave it back to the code, or the server gives what it withheld: it is asked once more."""
    paper, late = await rotated(house)
    await house.lead.restored()
    house.evil.answering(withhold, path="/v1/wraps", signed=False)
    found, _ = await recovered(house, paper)
    house.hall.wire.be_honest()
    before = found.engine.roster.spaces[house.personal].epoch
    await found.revoke_others(devices(found))
    assert found.engine.roster.spaces[house.personal].epoch == before
    assert late in logged(found)
    assert plain(found) == plain(house.ada)


async def test_a_phone_from_paper_asks_for_the_lost_key_every_day(house: House) -> None:
    paper, late = await rotated(house)
    lose_wraps(house.hall, house.personal)
    await house.lead.restored()
    found, _ = await recovered(house, paper)
    # It holds the key, and gives it back to the code: that of the new phone it cannot tell from a good one.
    for _ in range(2):
        house.hall.pass_days(8)
        await house.ada.sync()
    assert late not in logged(found)
    await found.sync()
    assert late in logged(found)
    assert await lost_keys.lost_key(found.engine) is None


async def test_before_a_lead_has_said_that_the_server_was_restored_nothing_is_ended(house: House) -> None:
    """Else a server could hide what was written under any key, by withholding its wrap."""
    paper, late = await rotated(house)
    lose_wraps(house.hall, house.personal)
    phone = house.hall.new_phone("found")
    phone.recover_with(ADDRESS, paper)
    for _ in range(2):
        with pytest.raises(ServerFault, match="a lead has to say so"):
            await phone.come_in()
    await house.lead.restored()
    await phone.come_in()
    assert late not in logged(phone)


async def test_a_restore_excuses_no_key_that_is_newer(house: House) -> None:
    await house.lead.restored()
    paper, _ = await rotated(house)
    lose_wraps(house.hall, house.personal)
    phone = house.hall.new_phone("found")
    phone.recover_with(ADDRESS, paper)
    with pytest.raises(ServerFault, match="withholds"):
        await phone.come_in()


async def test_a_key_withheld_after_the_recovery_takes_no_phone_off(house: House) -> None:
    """It was the maker's fault, whatever the server had: it could have any phone taken off that had rotated."""
    paper, code = await paper_of(house.ada)
    await house.second.sync()
    await rotate_with_garbage(house.second, {code})
    found, _ = await recovered(house, paper)
    before = devices(found)
    house.evil.answering(withhold, path="/v1/wraps", signed=False)
    with pytest.raises(ServerFault, match="withholds"):
        await found.revoke_others(before)
    assert devices(found) == before
    house.hall.wire.be_honest()
    await found.revoke_others(before)
    assert before - devices(found) == {house.second.engine.identity.device}


async def test_garbage_is_its_makers_fault_also_after_a_restore(house: House) -> None:
    paper, code = await paper_of(house.ada)
    await house.second.sync()
    await rotate_with_garbage(house.second, {code})
    await house.lead.restored()
    found, _ = await recovered(house, paper)
    assert await lost_keys.lost_key(found.engine) == LostKey(house.second.engine.identity.device, "garbage")
    await found.revoke_others(devices(found))
    assert house.second.engine.identity.device not in devices(found)


async def test_a_code_that_opens_nothing_any_more_brings_the_account_back_without_its_history(house: House) -> None:
    """All wraps are lost, and all phones: what is written from now on has a key, and the shared space is read again."""
    paper, _ = await paper_of(house.ada)
    lose_wraps(house.hall, house.personal, 1)
    await house.lead.restored()
    found, notes = await recovered(house, paper)
    assert any(SAYS in note for note in notes)
    assert logged(found) == {}
    kept = found.records.log("contact", CONTACT)
    await found.revoke_others(())
    await found.confirm_code(await found.new_code())
    for _ in range(3):
        house.hall.pass_days(8)
        await house.lead.sync()
        await found.sync()
    roster = found.engine.roster
    commons = held_key(found.vault.read(), roster, house.commons, roster.spaces[house.commons].epoch)
    assert (found.records.unsent(), found.waiting(), found.notes()) == (0, 0, [])
    assert commons is not None
    last, notes = await recovered(house, (await paper_of(found))[0], "last")
    assert (set(logged(last)), notes) == ({kept}, [])


async def test_the_code_is_asked_for_only_while_it_is_open(house: House) -> None:
    paper, _ = await rotated(house)
    lose_wraps(house.hall, house.personal)
    await house.lead.restored()
    found, _ = await recovered(house, paper)
    await house.ada.close_invite(InviteKeys.from_secret(from_paper(paper)).id)
    house.hall.pass_days(31)
    await house.lead.restored()
    await found.sync()
    assert await lost_keys.lost_key(found.engine) == LostKey(house.ada.engine.identity.device, "lost")
    await found.revoke_others(devices(found))
    assert await lost_keys.lost_key(found.engine) is None


async def test_a_thief_that_leaves_garbage_to_a_recovered_phone_goes(house: House) -> None:
    """The code is closed by then, but the garbage is wrapped to the phone itself: it is no restored server's fault."""
    paper, code = await paper_of(house.ada)
    found, _ = await recovered(house, paper)
    await house.ada.close_invite(code)
    house.hall.pass_days(31)
    await house.lead.restored()
    thief = house.second
    await thief.sync()
    await rotate_with_garbage(thief, {found.engine.identity.device})
    await house.lead.restored()
    await found.sync()
    assert await lost_keys.lost_key(found.engine) == LostKey(thief.engine.identity.device, "garbage")
    await found.revoke_others(devices(found))
    assert thief.engine.identity.device not in devices(found)
    assert plain(found) == plain(house.ada)


async def test_a_server_that_does_not_know_the_code_is_no_reason_not_to_sync(house: House) -> None:
    """The daily look as the code was refused, and all that a sync does after it with that."""
    paper, _ = await rotated(house)
    lose_wraps(house.hall, house.personal)
    await house.lead.restored()
    found, _ = await recovered(house, paper)
    with closing(sqlite3.connect(house.hall.settings.database_path)) as database, database:
        database.execute("DELETE FROM principals WHERE principal = ?", (InviteKeys.from_secret(from_paper(paper)).id,))
    house.hall.restart()
    house.hall.pass_days(1)
    await found.sync()
    assert await lost_keys.lost_key(found.engine) == LostKey(house.ada.engine.identity.device, "lost")


async def test_a_member_key_that_is_lost_with_a_revocation_s_epoch_is_replaced(house: House) -> None:
    """Seed 14685654: the account came back, ended the epoch, and never again opened what is shared."""
    paper, _ = await paper_of(house.ada)
    await house.second.sync()
    await house.ada.revoke(house.second.engine.identity.device)
    await house.ada.sync()
    maker = house.ada.engine.identity.device
    lose_wraps(house.hall, house.personal)
    await house.lead.restored()

    found, notes = await recovered(house, paper)
    assert any("made both: let it stay" in note for note in notes)
    account = found.engine.identity.account
    assert not held_member_key(found, account)
    await found.new_code()
    assert devices(found) == {found.engine.identity.device}
    assert maker not in devices(found)
    assert held_member_key(found, account)
    await found.sync()
    # Whoever holds the key of the shared log gives it to the new member key.
    await house.lead.sync()
    await reads_what_is_shared(house, found)


async def test_a_server_that_lies_about_a_lost_key_drives_no_phone_off_that_its_owner_keeps(house: House) -> None:
    """It was taken off whatever its owner said, and had to be linked again, at each recovery the server wished."""
    paper, _ = await paper_of(house.ada)
    await house.second.sync()
    await house.ada.revoke(house.second.engine.identity.device)
    late = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.lead.restored()
    house.evil.answering(withhold, path="/v1/wraps", signed=False)

    found, _ = await recovered(house, paper)
    before = devices(found)
    await found.revoke_others({house.ada.engine.identity.device})
    await found.confirm_code(await found.new_code())
    house.hall.wire.be_honest()
    assert devices(found) == before
    account = found.engine.identity.account
    assert not held_member_key(found, account)
    # The phone that stayed has both keys, and says what stands under them.
    house.hall.pass_days(1)
    for phone in (house.ada, found):
        await phone.sync()
    assert held_member_key(found, account)
    assert late in logged(found)
    assert plain(found) == plain(house.ada)
    await reads_what_is_shared(house, found)


async def reads_what_is_shared(house: House, phone: Phone) -> None:
    entry = house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await phone.sync()
    assert phone.records.get(entry).type == "resource"
    assert quarantined(phone.engine.vault.read(), log_id(phone.engine.identity.programme, "commons")) == 0


def held_member_key(phone: Phone, account: bytes) -> bool:
    engine = phone.engine
    return engine.roster.accounts[account].member_key_hash in member_keys(engine.vault.read(), engine.writer.personal)
