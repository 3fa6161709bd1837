"""Void entries: the same records whether they landed before the revocation was known, or were never landed."""

import pytest

from device.phone import Phone
from device.voided import load_void
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.hall import ADDRESS


def states(phone: Phone, log: bytes) -> dict[bytes, bytes]:
    """All records of a space, reserved ones too."""
    return dict(phone.vault.read().execute("SELECT record, state FROM records WHERE log = ?", (log,)).fetchall())


@pytest.mark.parametrize("small", [True, False])
async def test_void_entries_are_left_out_however_they_come(house: House, small: bool) -> None:
    ada, thief = house.ada, house.second
    paper = await ada.new_code()
    await ada.confirm_code(paper)
    good = thief.records.log("contact", CONTACT)
    await thief.sync()
    house.hall.pass_days(2)
    await house.lead.invite()
    await thief.sync()
    (shared, _) = sorted(logged(thief), key=lambda id_: id_ == good)
    thief.records.edit(shared, {"disposition": "warm_handoff"})
    await thief.sync()
    thief.records.log("contact", CONTACT)
    await thief.sync()
    before = logged(ada)[shared]
    await ada.sync()
    waiting = ada.records.log("contact", CONTACT)
    assert len(logged(ada)) == 4
    assert logged(ada)[shared] != before
    stolen = thief.today()
    await ada.revoke(thief.engine.identity.device, stolen, paper)
    assert set(logged(ada)) == {good, shared, waiting}
    assert logged(ada)[shared] == before
    if small:
        house.evil.paging(4096)
    found = house.hall.new_phone("found")
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    assert logged(found) == logged(ada)
    gone, void = load_void(found.vault.read(), house.personal)
    assert (gone, void) == load_void(ada.vault.read(), house.personal)
    assert set(gone) == {thief.engine.identity.device}
    assert len(void) == 2
    assert states(found, house.personal) == states(ada, house.personal)
