"""After a recovery from paper: the old code dies only when the new one has been typed back."""

import sqlite3
from contextlib import closing

import pytest

from device.ceremonies import recovering
from device.ceremonies.inviting import CodeUnknown, old_code
from device.ceremonies.joining import InviteClosed
from device.phone import Phone
from device.transport import Unreachable
from device.writer import CannotSign
from tests.device.ceremonies.test_inviting import codes, lasting
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.hall import ADDRESS


async def recovered(house: House, name: str = "found") -> tuple[Phone, str]:
    """A phone that came in from paper, and what stood on the paper."""
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    phone = house.hall.new_phone(name)
    phone.recover_with(ADDRESS, paper)
    await phone.come_in()
    return phone, paper


async def test_each_step_of_a_renewal_is_done_once_whatever_is_lost(house: House) -> None:
    """A phone started anew did not know that its rotation had landed, and rotated again."""
    found, _ = await recovered(house)
    for at in range(1, 12):
        count = 0

        def lose(_: object, nth: int = at) -> str:
            nonlocal count
            count += 1
            return "answer" if count >= nth else ""

        house.hall.wire.lose = lose
        try:
            await found.new_code()
        except Unreachable:
            found = await house.hall.reopen(found)
        else:
            break
    house.hall.wire.be_honest()
    printed = await found.new_code()
    assert found.engine.roster.spaces[house.personal].epoch == 2
    assert len(codes(found)) == 2
    await found.confirm_code(printed)
    assert len(codes(found)) == lasting(found) == 1


async def test_the_old_code_opens_until_the_new_one_is_typed_back(house: House) -> None:
    found, paper = await recovered(house)
    printed = await found.new_code()
    with pytest.raises(CodeUnknown):
        await found.confirm_code(paper)
    another = house.hall.new_phone("another")
    another.recover_with(ADDRESS, paper)
    await another.come_in()
    assert logged(another) == logged(house.ada)
    await found.confirm_code(printed)
    assert old_code(found.engine) is None
    assert not recovering.renewal_due(found.engine)
    late = house.hall.new_phone("late")
    late.recover_with(ADDRESS, paper)
    with pytest.raises(InviteClosed):
        await late.come_in()


async def test_two_phones_recovered_with_one_code_both_end_with_a_good_one(house: House) -> None:
    """The second could never make a new code: it was to be co-signed by one that the first had closed."""
    first, paper = await recovered(house)
    second = house.hall.new_phone("again")
    second.recover_with(ADDRESS, paper)
    await second.come_in()
    await first.confirm_code(await first.new_code())
    assert recovering.renewal_due(second.engine)
    printed = await second.new_code()
    await second.confirm_code(printed)
    assert lasting(second) == 1
    assert not recovering.renewal_due(second.engine)
    last = house.hall.new_phone("last")
    last.recover_with(ADDRESS, printed)
    await last.come_in()
    assert logged(last) == logged(house.ada)


async def test_the_lost_phone_reads_nothing_of_what_is_sealed_after_it_is_gone(house: House) -> None:
    """Rotation alone takes no reader away; that is the revocation of a later version. Those who stay all go on."""
    found, _ = await recovered(house)
    await found.confirm_code(await found.new_code())
    found.records.log("contact", CONTACT)
    for phone in (found, house.ada, house.second):
        await phone.sync()
    assert logged(found) == logged(house.ada) == logged(house.second)


async def test_a_second_recovery_renews_again(house: House) -> None:
    found, _ = await recovered(house)
    printed = await found.new_code()
    await found.confirm_code(printed)
    next_one = house.hall.new_phone("next")
    next_one.recover_with(ADDRESS, printed)
    await next_one.come_in()
    assert recovering.renewal_due(next_one.engine)
    await next_one.confirm_code(await next_one.new_code())
    assert next_one.engine.roster.spaces[house.personal].epoch == 3
    assert lasting(next_one) == len(codes(next_one)) == 1


async def test_of_an_account_that_was_removed_meanwhile_nothing_is_renewed(house: House) -> None:
    found, _ = await recovered(house)
    await house.lead.remove(found.engine.identity.account)
    after = house.lead.engine.roster.chain
    with pytest.raises(CannotSign, match="left the programme"):
        await found.new_code()
    # Its other phones are off already.
    await found.revoke_others([])
    assert found.engine.roster.chain == after
    assert old_code(found.engine) is not None


async def test_a_phone_that_holds_the_only_key_left_comes_in_again_with_it(house: House) -> None:
    """A restored server has lost all wraps of the newest key; the phone that made it was put back from its backup."""
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    await house.ada.rotate("personal")
    house.ada.records.log("contact", CONTACT)
    with house.ada.vault.write() as connection:
        house.ada.engine.writer.mark_cloned(connection)
    with closing(sqlite3.connect(house.hall.settings.database_path)) as database, database:
        database.execute("DELETE FROM wraps WHERE log = ? AND epoch = 2", (house.personal,))
    house.ada.recover_with(ADDRESS, code)
    await house.ada.come_in()
    assert house.ada.records.unsent() == 0
    for _ in range(2):
        house.hall.pass_days(8)
        await house.ada.sync()
        await house.second.sync()
    assert len(logged(house.second)) == len(logged(house.ada))
