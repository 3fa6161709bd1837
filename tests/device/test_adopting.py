"""A server put back from a backup and written to by others: what a phone that knew more does, declared or not."""

import shutil

import pytest

from device.debt import load_debt
from device.phone import Phone
from device.transport import ServerProblem, Unreachable
from schemas.records import Fields
from sync.device.merge import Value
from sync.device.replica import ServerFault
from sync.ticket import TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.hall import ADDRESS

Conflicts = dict[str, list[Value]]


async def everyone_agrees(house: House, *others: Phone) -> None:
    """Two rounds bring all phones to the same roster, and those of the member to the same records."""
    phones = [house.lead, house.ada, house.second, *others]
    for _ in range(3):
        for phone in phones:
            await phone.sync()
    for phone in phones:
        assert (phone.records.unsent(), phone.waiting(), phone.notes()) == (0, 0, [])
        assert phone.engine.roster == house.ada.engine.roster
        assert aside(phone) == 0
    assert shown(house.ada) == shown(house.second)


def shown(phone: Phone) -> dict[bytes, tuple[Fields, Conflicts]]:
    return {record.id: (record.fields, record.conflicts) for record in phone.records.list("contact")}


def aside(phone: Phone) -> int:
    (found,) = phone.vault.read().execute("SELECT COUNT(*) FROM aside WHERE NOT kept").fetchone()
    return int(found)


async def forked(house: House) -> dict[bytes, tuple[Fields, Conflicts]]:
    """The server goes back; what `ada` had done since is lost there, and `second` goes on. What `ada` shows by then."""
    yesterday = house.hall.backup("yesterday")
    (shared,) = logged(house.ada)
    house.ada.records.edit(shared, {"modality": "video"})
    for _ in range(3):
        house.ada.records.log("contact", CONTACT)
        await house.ada.sync()
    await house.ada.link()
    house.hall.restore(yesterday)
    house.second.records.edit(shared, {"modality": "email"})
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.second.link()
    await house.second.link()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    return shown(house.ada)


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


@pytest.mark.parametrize("thrown_away", [False, True])
async def test_removed_members_and_revoked_phones_stay_away(house: House, *, thrown_away: bool) -> None:
    """A thief's phone, revoked on the branch that was lost, comes to the restored server before its owner does.

    Should it link another one that takes it off, the account's newest member key is in an entry that is void.
    """
    hall = house.hall
    ben = await hall.joined(house.lead, "ben")
    thief = await hall.linked(house.ada, "thief")
    for phone in (house.lead, house.ada, house.second, ben, thief):
        await phone.sync()
    yesterday = hall.backup("yesterday")
    stolen = thief.engine.identity.device
    await house.ada.revoke(stolen)
    await house.lead.remove(ben.engine.identity.account)
    await house.lead.sync()
    await house.ada.sync()
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await house.ada.sync()
    assert (len(house.lead.engine.roster.accounts), len(house.lead.engine.roster.devices)) == (2, 3)
    hall.restore(yesterday)

    thief.records.log("contact", CONTACT)
    await thief.sync()
    helper = await hall.linked(thief, "helper")
    helper.records.log("contact", CONTACT)
    await helper.sync()
    if thrown_away:
        await helper.revoke(stolen)
    ben.records.log("contact", CONTACT)
    await ben.sync()
    # The lead meets the branch that the thief has made longer: a contradiction, even for who may end it.
    await house.lead.sync()
    assert any(note.startswith("roster: contradiction") for note in house.lead.notes())

    await house.lead.restored()
    await everyone_agrees(house)
    roster = house.ada.engine.roster
    for phone in (thief, helper):
        assert phone.engine.identity.device in roster.former
    assert ben.engine.identity.account in roster.departed
    # Whoever takes a phone off says what stands of it: only the code on paper outranks that.
    assert len(logged(house.ada)) == 1 + thrown_away
    assert len(house.lead.records.list("resource")) == len(house.ada.records.list("resource")) == 1


@pytest.mark.parametrize("on_paper", [False, True])
async def test_who_left_and_is_the_only_one_to_know_leaves_again(house: House, *, on_paper: bool) -> None:
    """Without a code its phone says so anew. With one only its owner can; until then it shows what all others show."""
    account, code = house.ada.engine.identity.account, ""
    if on_paper:
        code = await house.ada.new_code()
        await house.ada.confirm_code(code)
    await house.second.sync()
    yesterday = house.hall.backup("yesterday")
    house.ada.records.log("contact", CONTACT)
    await house.ada.sync()
    await house.ada.leave(code)
    house.hall.restore(yesterday)
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.second.link()
    await house.second.link()
    await house.lead.restored()
    await house.ada.sync()
    if on_paper:
        for _ in range(2):
            for phone in (house.lead, house.second, house.ada):
                await phone.sync()
        (note,) = house.ada.notes()
        assert "leave again, with your code" in note
        assert account in house.lead.engine.roster.accounts
        assert len(logged(house.ada)) == 3
        assert shown(house.ada) == shown(house.second)
        assert (house.ada.records.unsent(), house.ada.waiting()) == (0, 0)
        assert len(house.ada.engine.roster.open_invites("recovery", account=account)) == 1
        await house.ada.leave(code)
    await house.lead.sync()
    assert account in house.lead.engine.roster.departed
    assert load_debt(house.ada.vault.read()).owed == ()


async def test_a_lead_who_was_removed_does_not_end_the_alarm(house: House) -> None:
    lia = await house.hall.joined(house.lead, "lia", role="lead")
    for phone in (house.lead, house.ada, house.second, lia):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    await house.lead.remove(lia.engine.identity.account)
    await house.lead.sync()
    await house.ada.sync()
    house.hall.restore(yesterday)
    await lia.restored()
    await lia.remove(house.ada.engine.identity.account)
    lia.records.log("resource", RESOURCE)
    await lia.sync()
    for _ in range(2):
        await house.lead.sync()
        assert any(note.startswith("roster: contradiction") for note in house.lead.notes())
    assert lia.engine.identity.account in house.lead.engine.roster.departed
    assert house.lead.records.list("resource") == []
    await house.lead.restored()
    await house.lead.sync()
    assert lia.engine.identity.account in house.lead.engine.roster.departed
    assert house.lead.records.list("resource") == []
    assert house.lead.notes() == []


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


def beside(record: tuple[Fields, Conflicts]) -> set[object]:
    """The values of the modality, the losing ones too."""
    fields, conflicts = record
    return {fields["modality"], *conflicts["modality"]}


async def test_a_phone_that_the_server_lost_is_linked_again_with_all_it_holds(house: House) -> None:
    yesterday = house.hall.backup("yesterday")
    third = await house.hall.linked(house.ada, "third")
    third.records.log("contact", CONTACT)
    await third.sync()
    house.hall.restore(yesterday)
    third.records.log("contact", CONTACT)
    with pytest.raises(ServerProblem):
        await third.sync()
    for _ in range(2):
        await house.second.link()
        house.second.records.log("contact", CONTACT)
        await house.second.sync()
    third.accept(await house.second.link())
    with pytest.raises(ServerFault):
        await third.come_in()
    assert len(logged(third)) == 3
    await house.lead.sync()
    await house.lead.restored()
    await third.come_in()
    assert len(logged(third)) == 5
    await everyone_agrees(house, third)
    assert shown(third) == shown(house.ada)


async def test_an_account_that_the_server_lost_joins_again_with_all_it_holds(house: House) -> None:
    yesterday = house.hall.backup("yesterday")
    ben = await house.hall.joined(house.lead, "ben")
    kept = ben.records.log("contact", CONTACT)
    await ben.sync()
    ben.records.edit(kept, {"modality": "video"})
    house.hall.restore(yesterday)
    with pytest.raises(ServerProblem):
        await ben.sync()
    await house.second.link()
    await house.second.link()
    with pytest.raises(ServerFault):
        await house.lead.invite()
    await house.lead.restored()
    ben.accept(await house.lead.invite(), "ben")
    await ben.come_in()
    await everyone_agrees(house, ben)
    assert logged(ben)[kept]["modality"] == "video"
    assert ben.records.conflicts() == []
    fresh = await house.hall.linked(ben, "fresh")
    assert logged(fresh) == logged(ben)


async def test_a_ticket_makes_no_second_account_of_one_that_is_there(house: House) -> None:
    """Only a server that lost an account lets its phone in as somebody new."""
    await house.ada.revoke(house.second.engine.identity.device)
    with pytest.raises(ServerProblem):
        await house.second.sync()
    house.second.accept(await house.lead.invite(), "ada")
    with pytest.raises(TicketWrong):
        await house.second.come_in()
    assert len(logged(house.second)) == 1
    house.second.accept(await house.ada.link())
    await house.second.come_in()
    await everyone_agrees(house)


async def test_a_lost_phone_recovers_from_paper_over_a_restore(house: House) -> None:
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    await house.second.sync()
    yesterday = house.hall.backup("yesterday")
    third = await house.hall.linked(house.ada, "third")
    third.records.log("contact", CONTACT)
    await third.sync()
    house.hall.restore(yesterday)
    with pytest.raises(ServerProblem):
        await third.sync()
    await house.second.link()
    await house.lead.restored()
    third.recover_with(ADDRESS, code)
    await third.come_in()
    await everyone_agrees(house, third)
    assert len(logged(house.second)) == 2


async def test_paper_outranks_a_thief_who_was_faster_at_the_restored_server(house: House) -> None:
    """The stolen phone takes its owner's phones off before they meet the server: they cannot even open a session."""
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    thief = await house.hall.linked(house.ada, "thief")
    for phone in (house.second, house.ada, thief):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    kept = house.ada.records.log("contact", CONTACT)
    await house.ada.revoke(thief.engine.identity.device)
    house.hall.restore(yesterday)
    await thief.revoke(house.second.engine.identity.device)
    with pytest.raises(ServerProblem):
        await house.second.sync()
    thief.records.log("contact", CONTACT)
    await thief.sync()
    await house.lead.sync()
    await house.lead.restored()
    house.second.recover_with(ADDRESS, code)
    await house.second.come_in()
    await everyone_agrees(house)
    assert thief.engine.identity.device in house.second.engine.roster.former
    assert kept in logged(house.second)
    assert len(logged(house.second)) == 2


async def test_what_a_stolen_phone_was_faster_to_say_again_is_said_once_more(house: House) -> None:
    """Who holds a phone of the account goes over first. What it says again is void once the theft is reported."""
    code = await house.ada.new_code()
    await house.ada.confirm_code(code)
    thief = await house.hall.linked(house.ada, "thief")
    (shared,) = logged(house.ada)
    for phone in (house.second, house.ada, thief):
        await phone.sync()
    yesterday = house.hall.backup("yesterday")
    kept = house.ada.records.log("contact", CONTACT)
    changed = house.ada.records.log("contact", CONTACT)
    house.ada.records.delete(shared)
    await house.ada.sync()
    house.hall.pass_days(3)
    stolen = house.ada.today()
    await thief.sync()
    house.hall.restore(yesterday)
    await house.second.link()
    house.second.records.log("contact", CONTACT)
    await house.second.sync()
    await house.lead.sync()
    await house.lead.restored()
    for _ in range(2):
        await thief.sync()
    await house.ada.sync()
    assert house.ada.waiting() == aside(house.ada) == 0
    house.ada.records.edit(changed, {"modality": "video"})
    await house.ada.sync()
    thief.records.delete(kept)
    await thief.sync()
    await house.ada.revoke(thief.engine.identity.device, stolen, code)
    await everyone_agrees(house)
    assert logged(house.second)[kept]["modality"] == CONTACT["modality"]
    # What its owner wrote over it meanwhile stays the last word.
    assert logged(house.second)[changed]["modality"] == "video"
    assert house.second.records.conflicts() == []
    assert shared not in logged(house.second)
    assert len(logged(house.second)) == 3


async def test_a_copy_of_this_phone_on_the_other_branch_is_noticed(house: House) -> None:
    """What these keys wrote there, and this vault never signed, was written by a copy."""
    hall = house.hall
    await house.ada.sync()
    await house.ada.close()
    for name in ("ada", "ada.keystore"):
        shutil.copytree(hall.folder / name, hall.folder / name.replace("ada", "twin"))
    ada, twin = hall.open_phone("ada"), hall.open_phone("twin")
    yesterday = hall.backup("yesterday")
    await ada.link()
    hall.restore(yesterday)
    for _ in range(2):
        twin.records.log("contact", CONTACT)
        await twin.sync()
    await house.lead.invite()
    await house.lead.restored()
    await ada.sync(flush=False)
    kept = ada.records.log("contact", CONTACT)
    assert any("another copy of this phone has written" in note for note in ada.notes())
    assert (len(logged(ada)), ada.records.unsent()) == (4, 1)
    ada.accept(await house.second.link())
    await ada.come_in()
    await house.second.sync()
    assert kept in logged(house.second)
