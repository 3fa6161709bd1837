"""A server put back from a backup and written to by others: what a phone that knew more does, declared or not."""

import pytest

from device.transport import Unreachable
from sync.device.replica import ServerFault
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.device.restored import beside, everyone_agrees, forked, shown


async def test_an_undeclared_fork_is_an_alarm_that_loses_nothing(house: House) -> None:
    before = await forked(house)
    house.ada.records.log("contact", CONTACT)
    for _ in range(2):
        await house.ada.sync()
        assert any(note.startswith("roster: contradiction") for note in house.ada.notes())
    assert {id_: shown(house.ada)[id_] for id_ in before} == before
    assert house.ada.records.unsent() == 1
    assert len(await house.ada.evidence()) > 0
    with pytest.raises(ServerFault):
        await house.ada.link()


async def test_a_declared_restore_brings_both_histories_together(house: House) -> None:
    before = await forked(house)
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.lead.sync()
    await house.lead.restored()
    report = await house.ada.sync()
    assert any("came back from a backup" in note for note in report.notes)
    await everyone_agrees(house)
    now = shown(house.ada)
    assert len(now) == 1 + 3 + 1 + 2
    assert before.keys() <= now.keys()
    (conflict,) = house.ada.records.conflicts()
    assert {conflict.fields["modality"], *conflict.conflicts["modality"]} == {"video", "email"}
    assert await house.ada.evidence() == []


async def test_a_deletion_of_the_other_history_is_no_deletion_by_what_stands_there_now(house: House) -> None:
    logged_now = house.ada.records.log("contact", CONTACT)
    await house.everything_arrives()
    yesterday = house.hall.backup("yesterday")
    house.ada.records.delete(logged_now)
    await house.ada.sync()
    house.hall.restore(yesterday)
    for _ in range(3):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    await house.second.link()
    await house.ada.sync()
    await house.lead.sync()
    await house.lead.restored()
    await everyone_agrees(house)
    assert logged_now not in shown(house.ada)
    for phone in (house.ada, house.second):
        rows = phone.vault.read().execute(
            "SELECT deletions.device, entries.device FROM deletions JOIN entries USING (log, position)"
        )
        found = rows.fetchall()
        assert found
        assert all(said == wrote for said, wrote in found)


async def test_a_lying_server_that_forks_without_a_restore_is_never_followed(house: House) -> None:
    """A `restored` from before the fork is none for it."""
    await house.lead.restored()
    for phone in (house.lead, house.ada, house.second):
        await phone.sync()
    before = await forked(house)
    for _ in range(3):
        await house.ada.sync()
        await house.lead.sync()
    assert shown(house.ada) == before
    assert any(note.startswith("roster: contradiction") for note in house.ada.notes())


async def test_a_personal_fork_alone_is_an_alarm_until_a_restore_is_declared(house: House) -> None:
    """The roster agrees; what the server lost of one space was written over by the other phone."""
    yesterday = house.hall.backup("yesterday")
    for _ in range(2):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    house.hall.restore(yesterday)
    for _ in range(3):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    house.ada.records.log("contact", CONTACT)
    for _ in range(2):
        await house.ada.sync()
        assert any(note.startswith("personal: contradiction") for note in house.ada.notes())
    # The roster agrees, and goes on.
    await house.ada.link()
    assert len(logged(house.ada)) == 4
    await house.lead.sync()
    await house.lead.restored()
    await house.ada.sync()
    await everyone_agrees(house)
    assert len(logged(house.ada)) == 7
    # What was declared once does not excuse what comes after it.
    again = house.hall.backup("again")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.hall.restore(again)
    for _ in range(2):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    await house.ada.sync()
    assert any(note.startswith("personal: contradiction") for note in house.ada.notes())


async def test_a_rotation_and_a_closed_code_are_stated_again(house: House) -> None:
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    (paper,) = house.ada.engine.roster.open_invites("recovery", account=house.ada.engine.identity.account)
    ticket = await house.lead.invite(uses=5)
    (opened,) = house.lead.engine.roster.open_invites("member")
    await house.second.sync()
    yesterday = house.hall.backup("yesterday")
    await house.ada.confirm_code(await house.ada.new_code())
    await house.ada.rotate("personal")
    await house.lead.rotate("commons")
    await house.lead.close_invite(opened)
    house.ada.records.log("contact", CONTACT)
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    house.hall.restore(yesterday)
    await house.second.link()
    late = house.hall.new_phone("late")
    late.accept(ticket, "late")
    await late.come_in()
    for _ in range(2):
        await house.second.link()
    await house.lead.restored()
    await everyone_agrees(house, late)
    roster = house.ada.engine.roster
    assert roster.invites[paper].closing is not None
    assert roster.invites[opened].closing is not None
    assert roster.spaces[house.personal].epoch == roster.spaces[house.commons].epoch == 2
    assert len(late.records.list("resource")) == 1
    assert len(logged(house.second)) == 2


async def test_a_history_gone_back_to_finds_the_keys_it_had(house: House) -> None:
    """The server is put back twice; who was away for the first time gives it the history that the lead had left."""
    monday = house.hall.backup("monday")
    await house.lead.rotate("personal")
    house.lead.records.log("contact", CONTACT)
    await house.lead.sync()
    await house.ada.sync()
    house.hall.restore(monday)
    await house.second.link()
    await house.lead.restored()
    house.hall.restore(monday)
    await house.ada.sync()
    await house.lead.restored()
    house.lead.records.log("contact", CONTACT)
    await everyone_agrees(house)
    assert len(shown(house.lead)) == 2


async def test_what_waited_in_the_outbox_is_sealed_again(house: House) -> None:
    await house.ada.sync()
    yesterday = house.hall.backup("yesterday")
    await house.ada.link()
    kept = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    house.ada.records.edit(kept, {"modality": "video"})
    house.hall.wire.lose = lambda request: "request" if request.content and b'"entries":[{' in request.content else ""
    with pytest.raises(Unreachable):
        await house.ada.sync()
    house.hall.wire.be_honest()
    assert house.ada.waiting() == 1
    house.hall.restore(yesterday)
    for _ in range(2):
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
        await house.second.link()
    await house.ada.sync()
    await house.lead.sync()
    await house.lead.restored()
    await everyone_agrees(house)
    assert logged(house.second)[kept]["modality"] == "video"
    assert house.second.records.conflicts() == []
    assert len(logged(house.second)) == 4


async def test_two_phones_that_knew_more_say_it_again_and_nothing_twice(house: House) -> None:
    """What stood beside each other before stands beside each other after: a conflict is not settled by a restore."""
    third = await house.hall.linked(house.ada, "third")
    for phone in (house.ada, house.second, third):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    (shared,) = logged(house.ada)
    gone = house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await third.sync()
    house.ada.records.edit(shared, {"modality": "video"})
    third.records.edit(shared, {"modality": "email"})
    house.ada.records.delete(gone)
    for phone in (house.ada, third, house.ada, third):
        phone.records.log("contact", CONTACT)
        await phone.sync()
    await house.ada.link()
    await third.sync()
    await house.ada.sync()
    assert house.ada.records.conflicts() == third.records.conflicts() != []
    before = shown(house.ada)
    house.hall.restore(yesterday)
    await house.second.link()
    await house.second.link()
    house.second.records.edit(shared, {"duration_band": "m30_44"})
    await house.second.sync()
    await house.lead.sync()
    await house.lead.restored()
    # Both are ready to say it before either has heard the other.
    for phone in (house.ada, third):
        await phone.sync(flush=False)
    assert {id_: shown(house.ada)[id_] for id_ in before} == {id_: shown(third)[id_] for id_ in before}
    house.ada.engine.flush()
    third.engine.flush()
    await everyone_agrees(house, third)
    now = shown(house.second)
    assert now == shown(third)
    assert now.keys() == before.keys()
    # The stamps were equal: whoever says both, which of them wins is another draw.
    assert beside(now[shared]) == beside(before[shared]) == {"video", "email"}
    assert now[shared][0]["duration_band"] == "m30_44"
    third.records.resolve(shared, "modality", "video")
    await everyone_agrees(house, third)
    assert house.second.records.conflicts() == []


async def test_what_this_phone_wrote_stays_beside_what_it_says_again_for_another(house: House) -> None:
    """Of two entries of one device the later hides the earlier: what the server kept of this phone's would go."""
    third = await house.hall.linked(house.ada, "third")
    for phone in (house.ada, house.second, third):
        await phone.sync()
    (shared,) = logged(house.ada)
    house.ada.records.edit(shared, {"modality": "video"})
    house.second.records.edit(shared, {"modality": "email"})
    await house.ada.sync()
    yesterday = house.hall.backup("yesterday")
    await house.second.sync()
    await house.ada.sync()
    before = shown(house.ada)[shared]
    assert beside(before) == {"video", "email"}
    house.hall.restore(yesterday)
    await third.link()
    third.records.log("contact", CONTACT)
    await third.sync()
    await house.lead.sync()
    await house.lead.restored()
    await house.ada.sync()
    assert beside(shown(house.ada)[shared]) == {"video", "email"}
    await everyone_agrees(house, third)
    assert beside(shown(third)[shared]) == {"video", "email"}
    third.records.resolve(shared, "modality", "video")
    await everyone_agrees(house, third)
    assert house.ada.records.conflicts() == []
