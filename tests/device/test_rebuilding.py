"""Void entries: the same records whether they landed before the revocation was known, or were never landed."""

import pytest

from api.operator import founding_ticket
from device.erasures import erasures
from device.phone import Phone
from device.reauthoring import record_states
from device.rebuilding import rebuild
from device.voided import load_void
from sync.device.changes import Change, Content, Group, Origin, encode_content
from sync.device.merge import RecordState
from sync.device.repack import _groups, items_of
from sync.erasure import DELAY, Erase
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.device.test_repacking import fill, pass_days, repack_now, repack_part
from tests.support.hall import ADDRESS, Hall


def states(phone: Phone, log: bytes) -> dict[bytes, bytes]:
    """All records of a space, reserved ones too."""
    return dict(phone.vault.read().execute("SELECT record, state FROM records WHERE log = ?", (log,)).fetchall())


async def paper_of(phone: Phone) -> str:
    """A confirmed code."""
    paper = await phone.new_code()
    await phone.confirm_code(paper)
    return paper


@pytest.mark.parametrize("small", [True, False])
async def test_void_entries_are_left_out_however_they_come(house: House, small: bool) -> None:
    ada, thief = house.ada, house.second
    paper = await paper_of(ada)
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
    paper = await paper_of(ada)
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


async def test_what_its_owner_deleted_stays_deleted_whoever_named_it_last(house: House) -> None:
    """An edit of the other phone, which had not seen the deletion, has a higher stamp."""
    ada, thief = house.ada, house.second
    paper = await paper_of(ada)
    other = ada.records.log("contact", CONTACT)
    await ada.sync()
    await thief.sync()
    (deleted,) = set(logged(ada)) - {other}
    stolen = thief.today()
    house.hall.pass_days(1)
    await ada.sync()
    await thief.sync()
    ada.records.delete(deleted)
    ada.engine.flush()  # not sent yet
    for each in ("warm_handoff", "followup_agreed", "referral_accepted"):
        thief.records.edit(deleted, {"disposition": each})
        await thief.engine.sync()
    await repack_now(thief, house.personal)
    await ada.sync()
    assert set(logged(ada)) == {other}
    repack_part(ada, house.personal, lambda *_: True)
    await ada.engine.sync(flush=False)
    await thief.sync()
    pass_days(house, DELAY + 1)
    await ada.sync()
    await ada.revoke(thief.engine.identity.device, stolen, paper)
    await ada.sync()
    assert set(logged(ada)) == {other}


async def test_nothing_waits_behind_a_deletion_until_its_author_is_revoked(house: House) -> None:
    """A modified client: what it says of a record that Ada deleted shows nowhere, until it is revoked."""
    ada, thief, log = house.ada, house.second, house.personal
    paper = await paper_of(ada)
    deleted = ada.records.log("contact", CONTACT)
    for _ in range(2):
        await ada.sync()
        ada.records.log("contact", CONTACT)
    await ada.sync()
    await thief.sync()
    state = record_states(ada.vault.read(), log)[deleted]
    stolen = thief.today()
    house.hall.pass_days(1)
    await ada.sync()
    ada.records.delete(deleted)
    await ada.sync()
    ada.records.log("contact", CONTACT)
    await ada.sync()
    await thief.sync()
    (_, own, place), connection = state.named, thief.vault.read()
    rows = connection.execute(
        "SELECT leaf FROM entries WHERE log = ? AND device = ? AND LENGTH(body) = 4096", (log, own)
    )
    leaves = tuple(sorted(bytes(leaf) for (leaf,) in rows))
    others = {id_: known for id_, known in record_states(connection, log).items() if id_ != deleted}
    forged = Change(deleted, "contact", 1, False, {**state.values(), "disposition": "forged"}, ())
    said = [
        (Group(None, 900, 1, (Change(deleted, "contact", 1, True, {}, ()),)),),
        (*_groups(items_of(others)), Group(Origin(own, place), 50, 1, (forged,))),
    ]
    with thief.vault.write() as writing:
        bodies = [encode_content(Content(1, groups)) for groups in said]
        thief.engine.writer.tidy(writing, log, bodies, lambda _: Erase(thief.engine.writer.day(), leaves))
    await thief.engine.sync(flush=False)
    await ada.sync()
    pass_days(house, DELAY + 1)
    await ada.sync()
    await ada.revoke(thief.engine.identity.device, stolen, paper)
    await ada.sync()
    assert deleted not in logged(ada)


def shown(phone: Phone) -> set[bytes]:
    return {record.id for record in phone.records.list("resource")}


@pytest.mark.parametrize("between", [True, False])
async def test_who_only_reads_shows_the_same_however_revocations_come(hall: Hall, between: bool) -> None:
    """Two phones of a lead are stolen: one repacked, the other deletes. They are revoked one after the other."""
    lead = hall.new_phone("lead")
    await lead.found(founding_ticket(hall.settings), "lead")
    paper = await paper_of(lead)
    ada = await hall.joined(lead, "ada")
    second = await hall.linked(ada, "second")
    one, two = await hall.linked(lead, "lead2"), await hall.linked(lead, "lead3")
    everybody = (lead, one, two, ada, second)
    ids = {lead.records.log("resource", RESOURCE) for _ in range(2)}
    await lead.sync()
    lead.records.log("resource", RESOURCE)
    for phone in everybody:
        await phone.sync()
    stolen = one.today()
    hall.pass_days(1)
    await lead.sync()
    await repack_now(one, lead.engine.roster.space_log("commons"))
    for phone in everybody:
        await phone.sync()
    hall.pass_days(DELAY + 1)
    hall.app.state.services.erase_due()
    for phone in everybody:
        await phone.sync()
    for id_ in ids:
        two.records.delete(id_)
    await two.sync()
    for phone in (lead, ada, second):
        await phone.sync()
    await lead.revoke(one.engine.identity.device, stolen, paper)
    await lead.sync()
    if between:
        await ada.sync()
    await lead.revoke(two.engine.identity.device, stolen, paper)
    for _ in range(2):
        for phone in (lead, ada, second):
            await phone.sync()
    third = await hall.linked(ada, "third")
    assert [len(shown(phone) & ids) for phone in (lead, ada, second, third)] == [2] * 4


@pytest.mark.parametrize("order", ["repacker first", "deleter first"])
async def test_one_stolen_phone_repacks_and_another_one_deletes(house: House, order: str) -> None:
    ada, one = house.ada, house.second
    two = await house.hall.linked(ada, "third")
    paper = await paper_of(ada)
    ada.records.log("contact", CONTACT)
    for phone in (ada, one, two):
        await phone.sync()
    before, stolen = logged(ada), one.today()
    house.hall.pass_days(1)
    await ada.sync()
    await repack_now(one, house.personal)
    await ada.sync()
    await two.sync()
    pass_days(house, DELAY + 1)
    await ada.sync()
    for id_ in before:
        two.records.delete(id_)
    await two.sync()
    await ada.sync()
    for phone in (one, two) if order == "repacker first" else (two, one):
        await ada.revoke(phone.engine.identity.device, stolen, paper)
        await ada.sync()
    assert logged(ada) == before
