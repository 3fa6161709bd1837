"""The one signer: numbers, stamps, and phones that may sign nothing."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from device import outbox
from device.phone import JoinedAlready, Phone
from device.transport import Unreachable
from device.writer import CannotSign
from sync.ticket import TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import SYNC
from tests.support.hall import ADDRESS

# A phone put back from its own backup.


def back_up(phone: Phone) -> Path:
    """A copy of the database, without the keystore: that stays out of every backup."""
    copy = phone.vault.directory.with_suffix(".backup")
    shutil.copytree(phone.vault.directory, copy)
    return copy


async def put_back(house: House, phone: Phone, copy: Path) -> Phone:
    await phone.close()
    shutil.rmtree(phone.vault.directory)
    shutil.copytree(copy, phone.vault.directory)
    return house.hall.open_phone(phone.vault.directory.name)


@pytest.fixture
async def restored(house: House) -> tuple[House, Phone, bytes]:
    """`ada` put back to a moment with one change unflushed and one waiting; she has synced since. The newest record."""
    house.ada.records.log("contact", CONTACT)
    house.ada.engine.flush()
    house.ada.records.log("contact", CONTACT)
    copy = back_up(house.ada)
    await house.ada.sync()
    newest = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    return house, await put_back(house, house.ada, copy), newest


async def test_a_phone_put_back_signs_nothing_and_still_pulls(restored: tuple[House, Phone, bytes]) -> None:
    house, ada, newest = restored
    ada.records.log("contact", CONTACT)
    before = outbox.last_signed(ada.vault.read(), house.personal)
    report = await ada.sync()
    assert any("restored from a backup" in note for note in report.notes)
    assert newest in logged(ada)
    assert len(logged(ada)) == 5
    assert ada.records.unsent() >= 1
    assert outbox.last_signed(ada.vault.read(), house.personal) == before
    for forbidden in (ada.link(), ada.new_code(), ada.rotate("personal")):
        with pytest.raises(CannotSign):
            await forbidden
    await house.second.sync()
    assert len(logged(house.second)) == 4


async def numbers_signed_once(house: House, phone: Phone) -> None:
    """All numbers of all devices stand in the log with one leaf, as the second phone has verified it."""
    await house.second.sync()
    rows = house.second.vault.read().execute("SELECT log, device, sequence FROM entries").fetchall()
    assert len(rows) == len(set(rows))
    assert logged(house.second) == logged(phone)
    assert house.second.records.conflicts() == phone.records.conflicts() == []


async def test_a_phone_put_back_is_linked_again_in_place_and_brings_what_it_had(
    restored: tuple[House, Phone, bytes],
) -> None:
    house, ada, _ = restored
    mine = ada.records.log("contact", CONTACT)
    ada.accept(await house.second.link())
    await ada.come_in()
    await ada.sync()
    assert (ada.records.unsent(), ada.waiting()) == (0, 0)
    assert ada.vault.restored is False
    assert mine in logged(ada)
    assert len(logged(ada)) == 5
    await numbers_signed_once(house, ada)
    again = await house.hall.reopen(ada)
    assert again.engine.writer.silenced == ""
    again.records.log("contact", CONTACT)
    await again.sync()
    await numbers_signed_once(house, again)


async def test_a_phone_put_back_is_recovered_in_place_from_paper(house: House) -> None:
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    mine = house.ada.records.log("contact", CONTACT)
    copy = back_up(house.ada)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    ada = await put_back(house, house.ada, copy)
    ada.recover_with(ADDRESS, paper)
    await ada.come_in()
    assert mine in logged(ada)
    await ada.confirm_code(await ada.new_code())
    await ada.sync()
    assert ada.engine.roster.spaces[house.personal].epoch == 2
    await numbers_signed_once(house, ada)


async def test_a_phone_put_back_takes_no_ticket_of_another_account(restored: tuple[House, Phone, bytes]) -> None:
    house, ada, newest = restored
    for role in ("member", "lead"):
        ticket = await house.lead.invite(role)
        with pytest.raises(JoinedAlready):
            ada.accept(ticket, "Ada again")
    ada.accept(await house.lead.link())
    with pytest.raises(TicketWrong):
        await ada.come_in()
    # That was a mistake, not the end.
    ada.accept(await house.second.link())
    await ada.come_in()
    assert newest in logged(ada)
    await numbers_signed_once(house, ada)


async def test_a_lead_put_back_keeps_what_it_wrote_for_all(house: House) -> None:
    house.lead.records.log("resource", RESOURCE)
    house.lead.records.log("contact", CONTACT)
    copy = back_up(house.lead)
    paper = await house.lead.new_code()
    await house.lead.confirm_code(paper)
    lead = await put_back(house, house.lead, copy)
    report = await lead.sync()
    assert any("restored" in note for note in report.notes)
    lead.recover_with(ADDRESS, paper)
    await lead.come_in()
    assert lead.records.unsent() == 0
    assert len(lead.records.list("resource")) == len(logged(lead)) == 1
    await house.ada.sync()
    assert len(house.ada.records.list("resource")) == 1
    assert [one.name for one in lead.members()] == ["lead", "ada"]


async def test_a_phone_whose_keystore_lost_its_incarnation_comes_back(house: House) -> None:
    house.ada.records.log("contact", CONTACT)
    (house.hall.folder / "ada.keystore" / "incarnation").unlink()
    ada = await house.hall.reopen(house.ada)
    assert ada.vault.restored
    ada.accept(await house.second.link())
    await ada.come_in()
    assert ada.records.unsent() == 0
    assert not (await house.hall.reopen(ada)).vault.restored


# Two copies of one phone, keystore and all.


async def cloned(house: House) -> Phone:
    await house.ada.close()
    for ending in ("", ".keystore"):
        shutil.copytree(house.hall.folder / f"ada{ending}", house.hall.folder / f"copy{ending}")
    house.ada = house.hall.open_phone("ada")
    return house.hall.open_phone("copy")


async def test_the_copy_that_comes_second_stops_keeps_its_changes_and_still_pulls(house: House) -> None:
    copy = await cloned(house)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    mine = copy.records.log("contact", CONTACT)
    with pytest.raises(CannotSign, match="another copy"):
        await copy.sync()
    for _ in range(2):
        report = await copy.sync()
        assert any("another copy" in note for note in report.notes)
        assert len(logged(copy)) == 3
        assert copy.records.unsent() == 1
        copy = await house.hall.reopen(copy)
    copy.accept(await house.second.link())
    await copy.come_in()
    assert copy.records.unsent() == 0
    await house.ada.sync()
    assert mine in logged(house.ada)
    await numbers_signed_once(house, copy)


async def test_a_copy_that_pulls_first_finds_the_other_and_stops(house: House) -> None:
    """Its own number came back with another entry, which it took for a liar's work of the server for ever."""
    copy = await cloned(house)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    mine = copy.records.log("contact", CONTACT)
    copy.engine.flush()
    with pytest.raises(CannotSign, match="another copy"):
        await copy.rotate("personal")
    report = await copy.sync()
    assert any("another copy" in note for note in report.notes)
    assert copy.records.unsent() == 1
    assert mine in logged(copy)
    assert len(logged(copy)) == 3


async def test_a_copy_that_has_signed_nothing_finds_the_other_too(house: House) -> None:
    copy = await cloned(house)
    await house.ada.link()
    with pytest.raises(CannotSign, match="another copy"):
        await copy.link()


# Numbers, stamps, days.


async def test_a_number_is_burnt_also_when_nothing_came_of_it(house: House) -> None:
    writer = house.ada.engine.writer
    house.ada.engine.flush(empty=True)
    (first,) = outbox.waiting(house.ada.vault.read(), house.personal)
    with house.ada.vault.write() as connection:
        outbox.drop(connection, house.personal, first.sequence)
    again = await house.hall.reopen(house.ada)
    assert again.engine.writer.place(again.vault.read(), house.personal).sequence == first.sequence + 1
    assert writer.personal == house.personal


async def test_entries_of_one_log_follow_each_other_before_they_have_left(house: House) -> None:
    writer = house.ada.engine.writer
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        house.ada.engine.flush()
    entries = [one.entry for one in outbox.waiting(house.ada.vault.read(), house.personal)]
    leaves = [entry.leaf for entry in entries]
    author = house.ada.engine.ledger.chains[house.personal].author(house.ada.engine.identity.device)
    assert [entry.header.prev for entry in entries] == [author.leaf, *leaves[:-1]]
    numbers = [entry.header.sequence for entry in entries]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert writer.place(house.ada.vault.read(), house.personal).prev == leaves[-1]


async def test_a_refused_flush_carries_its_rows_on(house: House) -> None:
    await house.hall.joined(house.lead, "Bo")
    await house.lead.engine.sync()
    fates: Any = iter(["", "request", "request", "request"])
    house.hall.wire.lose = lambda request: next(fates, "") if request.url.path == SYNC else ""
    with pytest.raises(Unreachable):
        await house.lead.sync(flush=False)
    house.hall.wire.be_honest()
    leads = house.lead.engine.roster.space_log("leads")
    (waits,) = outbox.waiting(house.lead.vault.read(), leads)
    assert len(waits.rows.taken) == 1
    with house.lead.vault.write() as connection:
        house.lead.engine.writer.reseal(connection, leads)
    (again,) = outbox.waiting(house.lead.vault.read(), leads)
    assert again.rows == waits.rows
    assert again.sequence == waits.sequence + 1
    await house.lead.sync()
    assert (await house.lead.engine.session.call(house.lead.engine.transport.names)).names == []


async def test_a_clock_before_1970_still_writes(house: House) -> None:
    house.ada.engine.clock = house.ada.engine.writer.clock = lambda: -400.0 * 86_400
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.ada.link()
    assert house.ada.records.unsent() == 0


async def test_a_space_whose_key_is_not_here_keeps_its_changes(house: House) -> None:
    house.ada.records.log("contact", CONTACT)
    roster = house.ada.engine.roster
    space = roster.spaces[house.personal]
    later = replace(space, epochs=(*space.epochs, replace(space.current, commitment=bytes(32))))
    house.ada.engine.ledger.roster = replace(roster, spaces=roster.spaces.set(house.personal, later))
    house.ada.engine.flush(empty=True)
    assert house.ada.waiting() == 0
    assert house.ada.records.unsent() == 1
