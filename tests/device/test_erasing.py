"""What phones make of erasures: nothing that lives goes, whoever erases; and what was erased is gone everywhere."""

import sqlite3
from contextlib import closing

import pytest

from crypto.secret.invite import InviteKeys
from device import erasing
from device.erasing import ErasureUnknown
from device.erasures import erasures, in_force
from device.phone import Phone
from sync.erasure import DELAY, Erase
from sync.errors import Refused
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.device.test_repacking import fill, pass_days, repack_now, states
from tests.support.hall import ADDRESS


def leaves(phone: Phone, log: bytes) -> tuple[bytes, ...]:
    rows = phone.vault.read().execute("SELECT leaf FROM entries WHERE log = ? AND body IS NOT NULL", (log,))
    return tuple(sorted(row[0] for row in rows.fetchall()))


async def erase_without_repack(phone: Phone, log: bytes) -> None:
    """What a thief, or a defect, does: everything is named, and nothing was written again."""
    statement = Erase(phone.engine.writer.day(), leaves(phone, log))
    with phone.vault.write() as connection:
        phone.engine.writer.tidy(connection, log, [], lambda _: statement)
    await phone.engine.sync(flush=False)


def held(phone: Phone, log: bytes) -> int:
    (number,) = (
        phone.vault.read()
        .execute("SELECT COUNT(*) FROM entries WHERE log = ? AND body IS NOT NULL AND position < 4", (log,))
        .fetchone()
    )
    return int(number)


async def test_what_an_erasure_would_take_is_written_again(house: House) -> None:
    before = states(house.ada, house.personal)
    await erase_without_repack(house.second, house.personal)
    await house.ada.sync()
    (one,) = erasures(house.ada.vault.read(), house.personal)
    assert not one.checked
    pass_days(house, DELAY + 1)
    await house.ada.sync()
    assert erasures(house.ada.vault.read(), house.personal)[0].checked
    fresh = await house.hall.linked(house.ada, "fresh")
    assert states(fresh, house.personal) == states(house.ada, house.personal)
    assert before.items() <= states(fresh, house.personal).items()
    assert fresh.notes() == []


async def test_a_phone_that_was_away_still_holds_what_nobody_wrote_again(house: House) -> None:
    """The thief's erasure has fallen due, and only a phone that was switched off has the bodies."""
    before = logged(house.ada)
    await house.lead.sync()
    await erase_without_repack(house.second, house.personal)
    pass_days(house, DELAY + 20)
    await house.ada.sync()
    await house.ada.sync()
    fresh = await house.hall.linked(house.ada, "fresh")
    assert logged(fresh) == before == logged(house.ada)


async def test_a_repack_that_leaves_something_out_is_put_right(house: House) -> None:
    other = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.second.sync()
    with house.second.vault.write() as connection:
        connection.execute("DELETE FROM records WHERE record = ?", (other,))
    await repack_now(house.second, house.personal)
    await house.ada.sync()
    await house.ada.sync()
    pass_days(house, DELAY)
    fresh = await house.hall.linked(house.second, "fresh")
    assert other in logged(fresh)


async def test_own_copies_go_when_they_may_and_not_before_two_weeks_of_this_phone(house: House) -> None:
    await fill(house, 3)
    await house.second.sync()
    await repack_now(house.second, house.personal)
    await house.ada.sync()
    pass_days(house, DELAY - 1)
    await house.ada.sync()
    assert held(house.ada, house.personal) == 3
    pass_days(house, 1)
    before = states(house.ada, house.personal)
    await house.ada.sync()
    assert held(house.ada, house.personal) < 3
    assert states(house.ada, house.personal) == before
    assert house.ada.notes() == []


async def test_a_device_and_a_server_that_agree_on_a_false_day_win_nothing(house: House) -> None:
    """The erasure says that it has been due for long, and so does the server: the bodies stay here for two weeks."""
    await house.ada.sync()
    house.hall.pass_days(100)
    house.hall.app.state.services.erase_due()
    ada_clock = house.hall.now - 100 * 86_400
    house.ada.engine.clock = house.ada.engine.writer.clock = house.ada.clock = lambda: ada_clock
    await repack_now(house.second, house.personal)
    house.hall.pass_days(30)
    house.hall.app.state.services.erase_due()
    before = held(house.ada, house.personal)
    await house.ada.sync()
    await house.ada.sync()
    assert house.ada.engine.writer.day() > erasures(house.ada.vault.read(), house.personal)[0].due
    assert held(house.ada, house.personal) == before
    ada_clock += DELAY * 86_400
    await house.ada.sync()
    assert held(house.ada, house.personal) < before


async def test_another_phone_withdraws_and_the_bodies_stay(house: House) -> None:
    await fill(house, 3)
    await repack_now(house.ada, house.personal)
    await house.second.sync()
    (planned,) = house.second.erasures()
    assert (planned.space, planned.own, planned.cosigned) == ("personal", False, False)
    assert (planned.device, planned.due) == (house.ada.engine.identity.device, house.ada.engine.writer.day() + DELAY)
    assert planned.bodies == len(in_force(house.second.vault.read(), house.personal)) > 0
    await house.second.withdraw(planned.id)
    await house.ada.sync()
    pass_days(house, DELAY + 1)
    await house.ada.sync()
    assert house.ada.erasures() == house.second.erasures() == []
    assert held(house.ada, house.personal) == 3
    fresh = await house.hall.linked(house.ada, "fresh")
    assert held(fresh, house.personal) == 3
    with pytest.raises(ErasureUnknown):
        await house.second.withdraw(planned.id)


async def test_on_its_day_an_erasure_is_withdrawn_no_more(house: House) -> None:
    await repack_now(house.ada, house.personal)
    (planned,) = house.ada.erasures()
    pass_days(house, DELAY)
    with pytest.raises(ErasureUnknown):
        await house.ada.withdraw(planned.id)
    assert house.ada.erasures() == []


async def test_revoking_a_phone_withdraws_what_it_wanted_erased(house: House) -> None:
    before = logged(house.ada)
    await erase_without_repack(house.second, house.personal)
    device = house.second.engine.identity.device
    await house.ada.revoke(device)
    (one,) = erasures(house.ada.vault.read(), house.personal)
    assert one.withdrawn
    pass_days(house, DELAY + 1)
    fresh = await house.hall.linked(house.ada, "fresh")
    assert logged(fresh) == before
    assert held(fresh, house.personal) == 3


async def test_the_repack_of_a_thief_is_void_and_what_it_erased_is_written_again(house: House) -> None:
    """Revoked after the bodies are gone from the server: a phone that still holds them says all of it once more."""
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    theirs = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    before = logged(house.ada)
    stolen = house.second.today()
    house.hall.pass_days(1)
    await house.lead.invite()
    await house.second.sync()
    with house.second.vault.write() as connection:
        connection.execute("DELETE FROM records WHERE record = ?", (theirs,))
    await repack_now(house.second, house.personal)
    pass_days(house, DELAY + 1)
    await house.ada.revoke(house.second.engine.identity.device, stolen, paper)
    for _ in range(3):
        await house.ada.sync()
    assert logged(house.ada) == before
    fresh = await house.hall.linked(house.ada, "fresh")
    assert logged(fresh) == before
    assert states(fresh, house.personal) == states(house.ada, house.personal)


@pytest.mark.parametrize("came_from_paper", [False, True])
async def test_what_only_the_void_repack_of_a_thief_still_says_is_written_again(
    house: House, *, came_from_paper: bool
) -> None:
    """A stolen phone repacks like any other. When the theft is reported the bodies are gone from all phones."""
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    await fill(house, 3)
    await house.second.sync()
    before = logged(house.ada)
    stolen, device = house.second.today(), house.second.engine.identity.device
    house.hall.pass_days(1)
    await house.lead.invite()
    await house.second.sync()
    await repack_now(house.second, house.personal)
    theirs = house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.ada.sync()
    pass_days(house, DELAY + 1)
    await house.ada.sync()
    assert held(house.ada, house.personal) == 0
    owner = house.ada
    if came_from_paper:
        owner = house.hall.new_phone("found")
        owner.recover_with(ADDRESS, paper)
        await owner.come_in()
    await owner.revoke(device, stolen, paper)
    for _ in range(3):
        await owner.sync()
    assert theirs not in logged(owner)
    assert logged(owner) == before
    fresh = await house.hall.linked(owner, "fresh")
    assert states(fresh, house.personal) == states(owner, house.personal)


async def test_a_rebuild_works_when_the_bodies_are_gone(house: House) -> None:
    """Repacks carry what was erased, so records are built anew from what remains."""
    await fill(house, 5)
    await house.second.sync()
    await repack_now(house.ada, house.personal)
    await house.second.sync()
    pass_days(house, DELAY + 1)
    await house.second.sync()
    await house.ada.sync()
    assert held(house.ada, house.personal) < 3
    late = house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.ada.sync()
    before = logged(house.ada)
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    house.hall.pass_days(1)
    await house.lead.invite()
    await house.second.sync()
    house.second.records.edit(late, {"disposition": "warm_handoff"})
    await house.second.sync()
    await house.ada.sync()
    assert logged(house.ada) != before
    await house.ada.revoke(house.second.engine.identity.device, house.second.today(), paper)
    assert logged(house.ada) == before


async def test_a_code_erases_at_once(house: House) -> None:
    await fill(house, 5)
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    await house.second.sync()
    before = states(house.ada, house.personal)
    assert await house.ada.erase_now(paper) > 5
    assert states(house.ada, house.personal) == before
    with closing(sqlite3.connect(house.hall.settings.database_path)) as connection:
        (gone,) = connection.execute(
            "SELECT COUNT(*) FROM entries WHERE log = ? AND body IS NULL", (house.personal,)
        ).fetchone()
        assert connection.execute("SELECT COUNT(*) FROM erasures").fetchone() == (0,)
    assert gone > 5
    assert held(house.ada, house.personal) < 3
    await house.second.sync()
    assert held(house.second, house.personal) < 3
    assert (house.ada.erasures(), house.second.notes()) == ([], [])
    fresh = await house.hall.linked(house.second, "fresh")
    assert states(fresh, house.personal) == states(house.second, house.personal)


async def test_a_code_erases_what_waits_for_its_day_too(house: House) -> None:
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    await fill(house, 3)
    await repack_now(house.ada, house.personal)
    waiting = in_force(house.ada.vault.read(), house.personal)
    await house.ada.erase_now(paper)
    (_, one) = erasures(house.ada.vault.read(), house.personal)
    assert one.cosigned
    with closing(sqlite3.connect(house.hall.settings.database_path)) as connection:
        rows = connection.execute(
            "SELECT position FROM entries WHERE log = ? AND body IS NULL", (house.personal,)
        ).fetchall()
    assert waiting <= {row[0] for row in rows}


async def test_a_code_that_is_not_open_erases_nothing(house: House) -> None:
    other = InviteKeys.from_secret(bytes(16))
    with pytest.raises(Refused):
        await erasing.erase_now(house.ada.engine, other)
    assert erasures(house.ada.vault.read(), house.personal) == []


async def test_a_phone_that_may_not_sign_drops_nothing_it_could_not_check(house: House) -> None:
    await erase_without_repack(house.second, house.personal)
    await house.ada.engine.sync(flush=False)
    with house.ada.vault.write() as connection:
        house.ada.engine.writer.mark_cloned(connection)
    pass_days(house, 2 * DELAY)
    await house.ada.sync()
    assert held(house.ada, house.personal) == 3
    assert house.ada.engine.writer.silenced


async def test_members_follow_what_leads_repack(house: House) -> None:
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    before = states(house.ada, house.commons)
    await repack_now(house.lead, house.commons)
    for phone in (house.ada, house.lead):
        await phone.sync()
    pass_days(house, DELAY + 1)
    for phone in (house.ada, house.lead):
        await phone.sync()
        assert states(phone, house.commons) == before
    # What is left are the repack and the `erase`.
    assert held(house.ada, house.commons) == 2
    new = await house.hall.joined(house.lead, "new")
    assert states(new, house.commons) == before


async def test_erased_bodies_are_gone_from_the_phones_files(house: House) -> None:
    """The vault is encrypted as a whole: what can be said is that no row of it holds them."""
    (body,) = (
        house.ada.vault.read()
        .execute("SELECT body FROM entries WHERE log = ? AND position = 3", (house.personal,))
        .fetchone()
    )
    await fill(house, 2)
    await repack_now(house.ada, house.personal)
    pass_days(house, DELAY)
    await house.ada.sync()
    rows = house.ada.vault.read().execute("SELECT COUNT(*) FROM entries WHERE body = ?", (body,)).fetchone()
    assert rows == (0,)
