"""Void entries: the same records whether they landed before the revocation was known, or were never landed."""

import pytest

from device.erasures import erasures
from device.phone import Phone
from device.rebuilding import rebuild
from device.voided import load_void
from sync.device.merge import RecordState
from sync.erasure import DELAY
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.device.test_repacking import fill, pass_days, repack_now
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


async def test_of_erased_entries_stays_what_their_authors_are_said_to_have_said(house: House) -> None:
    """And nothing that the void repack says for an entry which is void, or another's."""
    await fill(house, 3)
    await repack_now(house.ada, house.personal)
    pass_days(house, DELAY + 1)
    await house.ada.sync()
    (contact,) = logged(house.ada)
    connection, before = house.ada.vault.read(), states(house.ada, house.personal)
    (repacked,) = (one.position - 1 for one in erasures(connection, house.personal))
    landed = house.ada.engine.ledger.chain(house.programme, house.personal).position
    places = {layer.position for layer in RecordState.decode(before[contact]).layers}

    def rebuilt(*void: int, device: bytes | None = None) -> bool:
        """Whether the contact stands as before."""
        with house.ada.vault.write() as writing:
            state = RecordState.decode(before[contact])
            layers = tuple(layer._replace(device=device or layer.device) for layer in state.layers)
            blob = state._replace(layers=layers).encode()
            writing.execute("UPDATE records SET state = ? WHERE record = ?", (blob, contact))
            rebuild(writing, house.personal, frozenset(void), landed)
        return states(house.ada, house.personal).get(contact) == before[contact]

    assert rebuilt(repacked)
    assert not rebuilt(repacked, device=house.second.engine.identity.device)
    assert rebuilt()
    assert not rebuilt(repacked, *places)
    assert contact not in states(house.ada, house.personal)


async def test_what_a_thief_repacked_and_deleted_once_its_bodies_were_gone_comes_back(house: House) -> None:
    ada, thief = house.ada, house.second
    paper = await ada.new_code()
    await ada.confirm_code(paper)
    deleted = ada.records.log("contact", CONTACT)
    await ada.sync()
    await thief.sync()
    before, stolen = logged(ada), thief.today()
    house.hall.pass_days(1)
    await ada.sync()
    await repack_now(thief, house.personal)
    await ada.sync()
    pass_days(house, DELAY + 1)
    await ada.sync()
    sealed = "SELECT COUNT(*) FROM entries WHERE log = ? AND body IS NULL"
    assert ada.vault.read().execute(sealed, (house.personal,)).fetchone() != (0,)
    edited = next(id_ for id_ in before if id_ != deleted)
    thief.records.delete(deleted)
    thief.records.edit(edited, {"disposition": "warm_handoff"})
    await thief.sync()
    await ada.sync()
    assert logged(ada).keys() == {edited}
    await ada.revoke(thief.engine.identity.device, stolen, paper)
    await ada.sync()
    assert logged(ada) == before
    third = await house.hall.linked(ada, "third")
    assert logged(third) == before
    assert third.records.conflicts() == []
