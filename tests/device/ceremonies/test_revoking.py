"""Phones and people leave: what they wrote stands or is void, what they had not sent is kept, keys move on."""

from unittest.mock import patch

import pytest

from device import writer
from device.ceremonies import inviting, revoking
from device.phone import JoinedAlready, Phone
from device.transport import ServerProblem
from sync.errors import Refused
from sync.readers import readers
from sync.ticket import TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.hall import ADDRESS


def device(phone: Phone) -> bytes:
    return phone.engine.identity.device


async def test_a_revoked_phone_is_out_and_all_it_sent_before_stands(house: House) -> None:
    ada, second = house.ada, house.second
    second.records.log("contact", CONTACT)
    await second.sync()
    member_key = ada.engine.roster.accounts[ada.engine.identity.account].member_key_hash
    await ada.revoke(device(second))
    roster, account = ada.engine.roster, ada.engine.identity.account
    assert roster.accounts[account].devices == (device(ada),)
    assert roster.spaces[house.personal].epoch == 2
    assert roster.accounts[account].member_key_hash != member_key
    assert set(readers(roster, house.personal)) == {device(ada)}
    assert len(logged(ada)) == 2
    assert ada.waiting() == 0
    with pytest.raises(ServerProblem) as refused:
        await second.sync()
    assert refused.value.name == "session-refused"


async def test_the_new_member_key_reaches_a_phone_linked_afterwards(house: House) -> None:
    await house.ada.revoke(device(house.second))
    await house.lead.sync()
    await house.lead.rotate("commons")
    house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    third = await house.hall.linked(house.ada, "third")
    await house.ada.sync()
    for phone in (house.ada, third):
        assert len(phone.records.list("resource")) == 1
        assert phone.records.unsent() == phone.waiting() == 0


async def test_a_revoked_phone_keeps_what_it_had_not_sent_and_brings_it_when_it_is_linked_again(house: House) -> None:
    ada, second = house.ada, house.second
    offline = second.records.log("contact", CONTACT)
    (shared,) = set(logged(ada))
    second.records.edit(shared, {"disposition": "warm_handoff"})
    second.engine.flush()
    later = second.records.log("contact", CONTACT)
    await ada.revoke(device(second))
    with pytest.raises(ServerProblem):
        await second.sync()
    assert "revoked" in second.notes()[0]
    assert second.records.unsent() == 3
    second = await house.hall.reopen(second)
    assert "revoked" in second.notes()[0]
    gone = device(second)
    # It cannot know yet that the server has not merely lost it.
    second.accept(await house.lead.invite(), "Ada")
    with pytest.raises(TicketWrong, match="link this phone"):
        await second.come_in()
    second.accept(await ada.link())
    await second.come_in()
    await second.sync()
    await ada.sync()
    assert device(second) != gone
    assert second.notes() == []
    assert logged(second) == logged(ada)
    assert set(logged(ada)) == {shared, offline, later}
    assert logged(ada)[shared]["disposition"] == "warm_handoff"
    assert second.records.unsent() == 0


async def test_a_phone_that_came_by_the_other_cannot_revoke_it(house: House) -> None:
    with pytest.raises(Refused):
        await house.second.revoke(device(house.ada), since=house.ada.today())
    with pytest.raises(revoking.Unknown):
        await house.ada.revoke(device(house.lead))
    # As of now nothing is taken back that it enrolled, so even the second one may.
    await house.second.revoke(device(house.ada))
    assert house.second.engine.roster.accounts[house.second.engine.identity.account].devices == (device(house.second),)


async def test_what_a_thief_wrote_is_void_when_paper_says_so(house: House) -> None:
    ada, thief = house.ada, house.second
    paper = await ada.new_code()
    await ada.confirm_code(paper)
    good = thief.records.log("contact", CONTACT)
    await thief.sync()
    house.hall.pass_days(3)
    stolen = thief.today()
    # The roster moves on, the thief's phone sees it, and writes, makes a friend, and shuts the owner out.
    await house.lead.invite()
    await thief.sync()
    (shared, _) = sorted(logged(thief), key=lambda id_: id_ == good)
    forged = thief.records.log("contact", CONTACT)
    thief.records.delete(shared)
    await thief.sync()
    friend = await house.hall.linked(thief, "friend")
    await ada.sync()
    assert set(logged(ada)) == {good, forged}
    ada.records.log("contact", CONTACT)
    await thief.revoke(device(ada))
    found = house.hall.new_phone("found")
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    assert set(logged(found)) == {good, forged}
    await found.revoke(device(thief), stolen, paper)
    active = set(found.engine.roster.accounts[found.engine.identity.account].devices)
    assert active == {device(found), device(ada)}
    assert set(logged(found)) == {good, shared}
    # The owner's old phone was cancelled back into the account, and what it had logged meanwhile arrives.
    await ada.sync()
    await found.sync()
    assert logged(ada) == logged(found)
    assert len(logged(ada)) == 3
    with pytest.raises(ServerProblem):
        await friend.sync()
    late = await house.hall.linked(found, "late")
    assert logged(late) == logged(found)


async def test_a_revocation_without_paper_cuts_nothing_that_others_had_seen(house: House) -> None:
    ada, second = house.ada, house.second
    house.hall.pass_days(3)
    await house.lead.invite()
    await second.sync()
    seen = second.records.log("contact", CONTACT)
    await second.sync()
    ada.records.log("contact", CONTACT)
    await ada.sync()
    await ada.sync()
    unseen = second.records.log("contact", CONTACT)
    await second.sync()
    before = set(logged(ada))
    await ada.revoke(device(second), ada.today())
    assert set(logged(ada)) == before | {seen}
    assert unseen not in logged(ada)


async def test_a_member_is_removed_keeps_its_copy_and_reads_its_own_for_ninety_days(house: House) -> None:
    hall, lead, ada, second = house.hall, house.lead, house.ada, house.second
    second.records.log("contact", CONTACT)
    await second.sync()
    unsent = ada.records.log("contact", CONTACT)
    with pytest.raises(revoking.Unknown):
        await lead.remove(bytes(16))
    with pytest.raises(ServerProblem):
        await ada.remove(lead.engine.identity.account)
    await lead.remove(ada.engine.identity.account)
    assert [one.account for one in lead.members()] == [lead.engine.identity.account]
    report = await ada.sync()
    assert "left the programme" in report.notes[0]
    assert len(logged(ada)) == 3
    assert unsent in logged(ada)
    assert ada.notes()[0] == report.notes[0]
    with pytest.raises(JoinedAlready):
        ada.accept(await lead.invite(), "Ada")
    hall.pass_days(91)
    await lead.invite()
    with pytest.raises(ServerProblem) as refused:
        await ada.sync()
    assert refused.value.name == "session-refused"
    assert len(logged(ada)) == 3


async def test_an_account_leaves_by_itself(house: House) -> None:
    paper = await house.ada.new_code()
    await house.ada.confirm_code(paper)
    await house.ada.leave(paper)
    assert "left the programme" in (await house.second.sync()).notes[0]
    with pytest.raises(ServerProblem) as refused:
        await house.lead.remove(house.lead.engine.identity.account)
    assert refused.value.name == "not-authorised"


async def test_a_removed_leads_entries_stand(house: House) -> None:
    other = await house.hall.joined(house.lead, "Bo", "lead")
    other.records.log("resource", RESOURCE)
    await other.sync()
    await house.lead.sync()
    await house.lead.remove(other.engine.identity.account)
    await house.ada.sync()
    assert len(house.ada.records.list("resource")) == len(house.lead.records.list("resource")) == 1


async def test_a_thief_who_revokes_the_middle_of_its_own_chain_saves_nothing(house: House) -> None:
    ada, thief, hall = house.ada, house.second, house.hall
    paper = await ada.new_code()
    await ada.confirm_code(paper)
    await thief.sync()
    hall.pass_days(3)
    stolen = thief.today()
    friend = await hall.linked(thief, "friend")
    await friend.revoke(device(thief))
    found = hall.new_phone("found")
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    await found.revoke(device(friend), stolen, paper)
    await found.revoke(device(thief), stolen, paper)
    assert [one.id for one in found.devices()] == [device(ada), device(found)]
    # Again, and of one that is off by the owner's word: done already.
    await found.revoke(device(thief), stolen, paper)
    await ada.sync()
    assert logged(ada) == logged(found)


async def test_a_code_that_is_closed_consents_to_nothing(house: House) -> None:
    paper = await house.ada.new_code()
    code = inviting.pending_code(house.ada.engine)
    await house.ada.confirm_code(paper)
    await house.ada.close_invite(
        next(iter(house.ada.engine.roster.open_invites("recovery", account=house.ada.engine.identity.account)))
    )
    house.hall.pass_days(31)
    await house.lead.invite()
    with pytest.raises(Refused):
        await revoking.revoke(house.ada.engine, device(house.second), code=code)


async def test_a_recovery_ends_with_the_other_phones_off_but_those_that_are_kept(house: House) -> None:
    ada, second, hall = house.ada, house.second, house.hall
    paper = await ada.new_code()
    await ada.confirm_code(paper)
    hall.pass_days(2)
    await second.sync()
    found = hall.new_phone("found")
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    ours = {one.id: one for one in found.devices()}
    assert [one.way for one in found.devices()] == ["member", "link", "recovery"]
    assert ours[device(second)].heard == int(hall.now)
    assert ours[device(ada)].heard == int(hall.now) - 2 * 86_400
    assert ours[device(found)].here
    epoch = found.engine.roster.spaces[house.personal].epoch
    await found.revoke_others({device(second)})
    assert [one.id for one in found.devices()] == [device(second), device(found)]
    renewed = await found.new_code()
    assert found.engine.roster.spaces[house.personal].epoch == epoch + 1
    await found.confirm_code(renewed)
    await second.sync()
    assert logged(second) == logged(found)
    with pytest.raises(ServerProblem):
        await ada.sync()


def epochs(phone: Phone) -> list[int]:
    """Of `commons` and `leads`."""
    roster = phone.engine.roster
    return [roster.spaces[roster.space_log(space)].epoch for space in ("commons", "leads")]


async def test_a_leads_phone_rotates_after_departures_at_most_weekly(house: House) -> None:
    hall, lead, ada = house.hall, house.lead, house.ada
    other = await hall.joined(lead, "Bo", "lead")
    bare = await hall.joined(lead, "Cy")
    await lead.sync()
    assert epochs(lead) == [1, 1]
    await ada.revoke(device(house.second))
    await lead.sync()
    await lead.sync()
    assert epochs(lead) == [2, 1]
    await lead.remove(other.engine.identity.account)
    await lead.sync()
    assert epochs(lead) == [2, 2]
    assert lead.engine.roster.commons_due is not None
    hall.pass_days(6)
    await lead.sync()
    assert epochs(lead) == [2, 2]
    hall.pass_days(1)
    await lead.sync()
    assert epochs(lead) == [3, 2]
    lead.records.log("resource", RESOURCE)
    await lead.sync()
    for phone in (ada, bare):
        await phone.sync()
        assert len(phone.records.list("resource")) == 1
        assert phone.engine.roster.commons_due is phone.engine.roster.leads_due is None


async def test_everybody_is_told_when_leads_do_not_rotate(house: House) -> None:
    hall, ada, second = house.hall, house.ada, house.second
    await ada.revoke(device(second))
    hall.pass_days(14)
    await ada.confirm_code(await ada.new_code())
    assert (await ada.sync()).notes == []
    hall.pass_days(1)
    await ada.confirm_code(await ada.new_code())
    report = await ada.sync()
    assert "somebody left 15 days ago" in report.notes[0]
    assert ada.notes() == report.notes
    await house.lead.sync()
    assert (await ada.sync()).notes == ada.notes() == []


async def test_two_leads_do_not_rotate_twice_for_one_departure(house: House) -> None:
    other = await house.hall.joined(house.lead, "Bo", "lead")
    await house.ada.revoke(device(house.second))
    await other.sync(flush=False)
    await house.lead.sync(flush=False)
    assert epochs(other) == [2, 1]
    assert epochs(house.lead) == [2, 1]


async def test_a_thief_who_keeps_the_member_key_to_itself_is_taken_off_without_the_paper(house: House) -> None:
    """`KeyNotHere` for ever: whoever is to wrap the shared keys could not open them, and nothing else brings a key."""
    ada, thief = house.ada, house.second
    tablet = await house.hall.linked(ada, "tablet")
    await thief.sync()
    with patch.object(writer, "stage_next"):
        await thief.revoke(device(tablet))
    await house.lead.sync()
    await house.lead.rotate("commons")
    kept = house.lead.records.log("resource", RESOURCE)
    await house.lead.sync()
    await ada.sync()
    assert kept not in {record.id for record in ada.records.list("resource")}

    await ada.revoke(device(thief))
    house.hall.pass_days(8)
    await house.lead.sync()
    await ada.sync()
    assert ada.engine.roster.accounts[ada.engine.identity.account].devices == (device(ada),)
    assert [record.id for record in ada.records.list("resource")] == [kept]
    assert ada.waiting() == ada.records.unsent() == 0
