"""A thief's phone that changes the personal key, and wraps garbage to the code on paper, locks nobody out."""

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace
from unittest.mock import patch

import pytest

from crypto.secret.code import from_paper
from crypto.secret.epoch import SEALED_PREVIOUS_SIZE
from crypto.secret.invite import InviteKeys
from device.ceremonies import lost_keys, mending, recovering, rotating
from device.ceremonies.due import PATIENCE, REST
from device.ceremonies.lost_keys import LostKey
from device.keyring import held_key, reach
from device.outbox import Rows
from device.phone import Phone
from device.reauthoring import record_states
from device.transport import ServerProblem
from device.wrapping import KeyNotHere
from sync.device.merge import RecordState
from sync.device.replica import ServerFault
from sync.state import RosterState
from sync.statements import Rotate
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import Json
from tests.support.hall import ADDRESS


async def rotate_with_garbage(thief: Phone, spoiled: Collection[bytes], *, chain: bool = True) -> None:
    """The wraps to the readers `spoiled` hold nothing, nor does what stands for the previous key."""
    engine = thief.engine

    async def decide(roster: RosterState) -> tuple[Rotate, Rows]:
        statement, rows = await rotating.decide_rotation(engine, "personal", roster)
        assert isinstance(statement, Rotate)
        wraps = tuple(
            (log, epoch, reader, os.urandom(1168) if reader in spoiled else wrap)
            for log, epoch, reader, wrap in rows.wraps
        )
        sealed = os.urandom(SEALED_PREVIOUS_SIZE) if chain else statement.sealed_previous
        return replace(statement, sealed_previous=sealed), replace(rows, wraps=wraps)

    await engine.publish(decide)


async def paper_of(phone: Phone) -> tuple[str, bytes]:
    """A confirmed code, and its id."""
    paper = await phone.new_code()
    await phone.confirm_code(paper)
    return paper, InviteKeys.from_secret(from_paper(paper)).id


async def recovered(house: House, paper: str, name: str = "found") -> tuple[Phone, list[str]]:
    phone = house.hall.new_phone(name)
    phone.recover_with(ADDRESS, paper)
    report = await phone.come_in()
    return phone, report.notes


def states(phone: Phone, log: bytes) -> dict[bytes, RecordState]:
    """All records of a space, reserved and deleted ones too."""
    return record_states(phone.vault.read(), log)


def stamps_of(phone: Phone, log: bytes) -> set[tuple[bytes, int, bytes, int]]:
    """Record, stamp, device and position of all that stands of live contacts."""
    return {
        (record, layer.stamp, layer.device, layer.position)
        for record, state in states(phone, log).items()
        for layer in state.layers
        if state.type == "contact"
    }


def plain(phone: Phone) -> dict[bytes, dict[str, object]]:
    return {id_: dict(fields) for id_, fields in logged(phone).items()}


async def test_the_code_on_paper_opens_what_was_written_before_a_garbage_rotation(house: House) -> None:
    """The phone took the current wrap only, and could not join at all."""
    ada, thief = house.ada, house.second
    paper, code = await paper_of(ada)
    await thief.sync()
    await rotate_with_garbage(thief, {code})
    found, notes = await recovered(house, paper)
    assert logged(found) == logged(ada)
    assert any(thief.engine.identity.device.hex()[:8] in note for note in notes)
    assert await lost_keys.lost_key(found.engine) == LostKey(thief.engine.identity.device, "garbage")
    written = found.records.log("contact", CONTACT)
    await found.sync()
    # It cannot be sealed before the phone has a key of its own account again, and is kept.
    assert found.records.unsent() == 1

    await found.revoke_others({thief.engine.identity.device, ada.engine.identity.device})
    roster = found.engine.roster
    assert set(roster.accounts[found.engine.identity.account].devices) == {
        found.engine.identity.device,
        ada.engine.identity.device,
    }
    assert roster.former[thief.engine.identity.device].cosigned
    assert await lost_keys.lost_key(found.engine) is None
    assert found.records.unsent() == found.waiting() == 0
    with pytest.raises(ServerProblem):
        await thief.sync()

    # Later readers need no older key: a linked phone, and a later code.
    third = await house.hall.linked(found, "third")
    assert plain(third) == plain(found)
    assert written in logged(third)
    assert [
        held_key(third.vault.read(), third.engine.roster, house.personal, epoch) is None for epoch in (1, 2, 3)
    ] == [True, True, False]
    await found.confirm_code(await found.new_code())
    last, notes = await recovered(house, (await paper_of(found))[0], "last")
    assert (plain(last), notes) == (plain(found), [])
    await house.lead.sync()
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    for phone in (found, third, last, ada):
        await phone.sync()
        assert len(phone.records.list("resource")) == 1


async def test_what_honest_phones_sealed_under_the_thiefs_key_is_kept_aside_and_told(house: House) -> None:
    ada, thief = house.ada, house.second
    paper, code = await paper_of(ada)
    await thief.sync()
    await rotate_with_garbage(thief, {code})
    between = ada.records.log("contact", CONTACT)
    await ada.sync()
    found, _ = await recovered(house, paper)
    await found.revoke_others({ada.engine.identity.device})
    report = await found.sync()
    assert between not in logged(found)
    # What the honest phone wrote, and its repack of what the thief's key does not lead to.
    assert report.quarantined == 2
    # Who has the key goes on reading it, and says it again under the new one.
    await ada.sync()
    assert set(logged(ada)) == {between, *logged(found)}
    await found.sync()
    assert plain(found) == plain(ada)


async def test_a_thief_who_leaves_by_itself_leaves_a_key_that_is_rotated_away(house: House) -> None:
    ada, thief = house.ada, house.second
    paper, code = await paper_of(ada)
    friend = await house.hall.linked(thief, "friend")
    await thief.sync()
    await rotate_with_garbage(thief, {code})
    await friend.sync()
    await rotate_with_garbage(friend, {code})
    found, _ = await recovered(house, paper)
    assert await lost_keys.lost_key(found.engine) == LostKey(friend.engine.identity.device, "garbage")
    await ada.sync()
    await ada.revoke(friend.engine.identity.device)
    # The last key came from an honest phone, in honest wraps, but nothing leads from it to what is older.
    await found.sync()
    assert await lost_keys.lost_key(found.engine) is None
    await found.confirm_code(await found.new_code())
    assert reach(found.vault.read(), found.engine.roster, house.personal) > 1
    last = await house.hall.linked(found, "last")
    assert plain(last) == plain(found)


async def test_two_garbage_rotations_and_a_good_wrap_in_between_hide_nothing_that_is_older(house: House) -> None:
    """The newest wrap that opens leads nowhere if the keys before it were not sealed: all wraps are taken."""
    ada, thief = house.ada, house.second
    paper, code = await paper_of(ada)
    await thief.sync()
    await rotate_with_garbage(thief, ())
    await rotate_with_garbage(thief, {code})
    found, _ = await recovered(house, paper)
    assert logged(found) == logged(ada)
    held = [held_key(found.vault.read(), found.engine.roster, house.personal, epoch) for epoch in (1, 2, 3)]
    assert [key is not None for key in held] == [True, True, False]


async def test_a_broken_chain_is_mended_although_the_current_key_opens(house: House) -> None:
    ada, thief = house.ada, house.second
    paper, _ = await paper_of(ada)
    await thief.sync()
    await rotate_with_garbage(thief, ())
    found, notes = await recovered(house, paper)
    assert notes == []
    assert logged(found) == logged(ada)
    await found.revoke_others({ada.engine.identity.device})
    third = await house.hall.linked(found, "third")
    assert plain(third) == plain(found)


async def test_a_withheld_wrap_is_the_servers_fault_and_no_phones(house: House) -> None:
    """Else the server could have any phone taken off that has ever rotated."""
    paper, _ = await paper_of(house.ada)
    await house.ada.rotate("personal")
    phone = house.hall.new_phone("found")
    phone.recover_with(ADDRESS, paper)

    def withhold(_: Json, answer: Json) -> None:
        answer["wraps"] = [one for one in answer["wraps"] if one["epoch"] == 1]

    house.evil.answering(withhold, path="/v1/wraps", signed=False)
    with pytest.raises(ServerFault, match="withholds"):
        await phone.come_in()
    house.hall.wire.be_honest()
    await phone.come_in()
    assert logged(phone) == logged(house.ada)


async def test_a_phone_that_did_not_come_from_paper_ends_no_epoch_whose_key_it_lacks(house: House) -> None:
    await rotate_with_garbage(house.second, {house.ada.engine.identity.device})
    with pytest.raises(KeyNotHere):
        await house.ada.rotate("personal")
    with pytest.raises(KeyNotHere):
        await house.ada.revoke(house.second.engine.identity.device)


async def test_deleted_records_conflicts_and_unsent_edits_come_through_a_mending(house: House) -> None:
    ada, thief = house.ada, house.second
    (shared,) = logged(ada)
    gone, cleared = (
        ada.records.log("contact", CONTACT),
        ada.records.log("contact", {**CONTACT, "visit_number": "first"}),
    )
    await ada.sync()
    ada.records.delete(gone)
    ada.records.edit(cleared, {}, ("visit_number",))
    await thief.sync()
    ada.records.edit(shared, {"disposition": "warm_handoff"})
    thief.records.edit(shared, {"disposition": "info_given"})
    await ada.sync()
    paper, code = await paper_of(ada)
    await thief.sync()
    await ada.sync()
    assert len(ada.records.conflicts()) == 1
    await rotate_with_garbage(thief, {code})
    found, _ = await recovered(house, paper)
    found.records.edit(shared, {"modality": "video"})
    stamps = stamps_of(found, house.personal)
    await found.revoke_others(set())
    third = await house.hall.linked(found, "third")
    assert plain(third) == plain(found)
    assert logged(third)[shared]["modality"] == "video"
    assert logged(third)[shared]["disposition"] == logged(ada)[shared]["disposition"]
    # A repack: the very states, under the stamps and origins that they had, the conflict as well.
    assert third.records.conflicts() == found.records.conflicts()
    assert [one.conflicts for one in third.records.conflicts()] == [one.conflicts for one in ada.records.conflicts()]
    assert states(third, house.personal) == states(found, house.personal)
    assert stamps <= stamps_of(third, house.personal)
    assert "visit_number" not in logged(third)[cleared]
    assert gone not in logged(third)
    deleted = [
        phone.vault.read().execute("SELECT deleted FROM records WHERE record = ?", (gone,)).fetchall()
        for phone in (found, third)
    ]
    assert deleted == [[(1,)], [(1,)]]


async def test_a_mending_that_another_rotation_makes_stale_is_decided_again(house: House) -> None:
    paper, code = await paper_of(house.ada)
    await house.second.sync()
    await rotate_with_garbage(house.second, {code})
    found, _ = await recovered(house, paper)
    await found.revoke(house.second.engine.identity.device)
    friend = await house.hall.linked(found, "friend")
    late = found.records.log("contact", CONTACT)
    await found.sync()
    await rotate_with_garbage(friend, ())
    await found.engine.sync()
    assert mending.restate(found.engine, found.engine.writer.personal)
    await friend.rotate("personal")
    await mending.mend(found.engine)
    assert not mending.restate(found.engine, found.engine.writer.personal)
    last = await house.hall.linked(found, "last")
    assert late in logged(last)
    assert states(last, house.personal) == states(found, house.personal)


async def test_a_mending_is_done_once(house: House) -> None:
    paper, code = await paper_of(house.ada)
    await house.second.sync()
    await rotate_with_garbage(house.second, {code})
    found, _ = await recovered(house, paper)
    await found.revoke_others(set())
    position = found.engine.ledger.chain(house.programme, house.personal).position
    await mending.mend(found.engine)
    await recovering.regain(found.engine)
    assert found.engine.ledger.chain(house.programme, house.personal).position == position


async def test_a_thief_who_hides_the_member_key_too_costs_the_shared_spaces_a_week_at_most(house: House) -> None:
    """Without the commons key at hand the recovered phone could not even revoke."""
    ada, thief = house.ada, house.second
    paper, code = await paper_of(ada)
    await thief.sync()
    await rotate_with_garbage(thief, {code})
    await thief.revoke(ada.engine.identity.device)
    # The revocation's own wrap to the code, spoiled on its way into the database.
    with closing(sqlite3.connect(house.hall.settings.database_path)) as database, database:
        database.execute("UPDATE wraps SET wrap = zeroblob(1168) WHERE reader = ? AND epoch = 3", (code,))
    found, _ = await recovered(house, paper)
    await found.revoke_others(set())
    await found.confirm_code(await found.new_code())
    assert found.records.unsent() == found.waiting() == 0
    house.hall.pass_days(8)
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await found.sync()
    assert len(found.records.list("resource")) == 1


async def test_a_shared_key_that_left_with_its_last_holder_is_replaced(house: House) -> None:
    """A restored server lost the wraps of a rotation, and the lead who had made it is removed: commons goes on."""
    other = await house.hall.joined(house.lead, "other", "lead")
    kept = house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    for phone in (other, house.ada):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    await other.rotate("commons")
    await house.ada.sync()
    house.hall.restore(yesterday)
    await house.ada.sync()
    await house.lead.remove(other.engine.identity.account)
    house.lead.records.edit(kept, {"description": "waits for a key"})
    house.hall.pass_days(REST)
    report = await house.lead.sync()
    assert any("the key of commons is not on this phone" in note for note in report.notes)
    assert house.lead.records.unsent() == 1
    house.hall.pass_days(PATIENCE + 1 - REST)
    # The server's days alone, which may run ahead, break nothing.
    with patch.object(house.lead.engine, "clock", lambda: house.hall.now - PATIENCE * 86_400):
        await house.lead.sync()
    assert house.lead.engine.roster.commons_due is not None
    await house.lead.sync()
    await house.lead.sync()
    assert house.lead.engine.roster.commons_due is None
    assert house.lead.records.unsent() == 0
    fresh = await house.hall.joined(house.lead, "fresh")
    for phone in (house.ada, fresh):
        await phone.sync()
        (resource,) = phone.records.list("resource")
        assert resource.fields["description"] == "waits for a key"
        assert resource.fields["name"] == RESOURCE["name"]
    assert reach(fresh.vault.read(), fresh.engine.roster, house.commons) == 3
