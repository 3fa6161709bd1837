"""Erasures and restored servers together: bodies that a phone has dropped, and a server that came back from before."""

from device.phone import Phone
from sync.erasure import DELAY
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.device.test_repacking import fill, pass_days, repack_now


async def erase_everything_old(house: House) -> None:
    """Repacked, and on its day gone from the server and from the phone that repacked."""
    await repack_now(house.ada, house.personal)
    pass_days(house, DELAY + 1)
    await house.ada.sync()
    assert missing(house.ada, house.personal)


def missing(phone: Phone, log: bytes) -> int:
    (number,) = (
        phone.vault.read().execute("SELECT COUNT(*) FROM entries WHERE log = ? AND body IS NULL", (log,)).fetchone()
    )
    return int(number)


async def test_entries_whose_bodies_were_erased_are_given_back_without_them(house: House) -> None:
    before = house.hall.backup("before")
    await fill(house, 3)
    await erase_everything_old(house)
    house.hall.restore(before)
    report = await house.ada.sync()
    assert report.given_back
    assert house.ada.notes() == []
    fresh = await house.hall.linked(house.ada, "fresh")
    assert logged(fresh) == logged(house.ada)
    assert fresh.notes() == []


async def test_what_only_the_lost_repack_said_outlives_going_over_to_the_other_branch(house: House) -> None:
    """Its origins lie below the fork, and this phone had dropped their bodies with the erasure that was lost."""
    await fill(house, 3)
    await house.second.sync()
    kept = logged(house.ada)
    before = house.hall.backup("before")
    await erase_everything_old(house)
    house.hall.restore(before)
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.lead.sync()
    await house.lead.invite()
    await house.lead.restored()
    for _ in range(2):
        for phone in (house.ada, house.second):
            await phone.sync()
    assert logged(house.ada) == logged(house.second)
    assert kept.items() <= logged(house.ada).items()
    assert len(logged(house.ada)) == len(kept) + 1
