"""Phones over a real server: coming in, syncing, merging, recovering."""

import pytest

from crypto.errors import CodeWrong
from device.ceremonies.inviting import CodeUnknown
from device.ceremonies.joining import InviteClosed
from device.phone import JoinedAlready
from device.telling import SHUT_OUT
from device.transport import ServerProblem
from schemas.records import Fields
from tests.device.contacts import CONTACT, logged
from tests.support.hall import ADDRESS, Hall


async def test_a_founder_has_a_programme_and_a_code(hall: Hall) -> None:
    lead = await hall.founded()
    assert [member.name for member in lead.members()] == ["lead"]
    assert lead.waiting() == 0
    assert lead.notes() == []
    assert len(lead.engine.roster.open_invites("recovery", account=lead.engine.identity.account)) == 1


async def test_a_member_joins_and_its_name_reaches_the_lead_alone(hall: Hall) -> None:
    lead = await hall.founded()
    member = await hall.joined(lead, "Ada")
    await lead.sync()
    assert [one.name for one in lead.members()] == ["lead", "Ada"]
    assert [one.name for one in member.members()] == [None, None]
    await member.sync()
    answer = await lead.engine.session.call(lead.engine.transport.names)
    assert answer.names == []


async def test_what_is_logged_offline_arrives_on_the_second_phone(hall: Hall) -> None:
    lead = await hall.founded()
    first = await hall.joined(lead, "Ada")
    hall.wire.lose = lambda _: "request"
    ids = [first.records.log("contact", CONTACT) for _ in range(3)]
    first.records.edit(ids[0], {"disposition": "referral_accepted"})
    first.records.delete(ids[2])
    assert first.records.unsent() == 2
    hall.wire.lose = lambda _: ""
    await first.sync()
    assert first.records.unsent() == 0
    second = hall.new_phone("second")
    second.accept(await first.link())
    await second.come_in()
    assert logged(second) == logged(first)
    assert logged(second)[ids[0]]["disposition"] == "referral_accepted"
    assert ids[2] not in logged(second)


async def test_concurrent_edits_converge_and_show_as_a_conflict(hall: Hall) -> None:
    lead = await hall.founded()
    first = await hall.joined(lead, "Ada")
    record = first.records.log("contact", CONTACT)
    await first.sync()
    second = hall.new_phone("second")
    second.accept(await first.link())
    await second.come_in()
    first.records.edit(record, {"disposition": "followup_agreed"})
    second.records.edit(record, {"disposition": "warm_handoff"})
    await first.sync()
    await second.sync()
    await first.sync()
    assert logged(first) == logged(second)
    assert [one.id for one in first.records.conflicts()] == [record]
    chosen = logged(first)[record]["disposition"]
    first.records.resolve(record, "disposition", str(chosen))
    await first.sync()
    await second.sync()
    assert second.records.conflicts() == []
    assert logged(second)[record]["disposition"] == chosen


async def test_an_edit_made_before_a_pull_is_a_conflict_though_flushed_after_it(hall: Hall) -> None:
    lead = await hall.founded()
    first = await hall.joined(lead, "Ada")
    record = first.records.log("contact", CONTACT)
    await first.sync()
    second = hall.new_phone("second")
    second.accept(await first.link())
    await second.come_in()
    second.records.edit(record, {"disposition": "warm_handoff"})
    first.records.edit(record, {"disposition": "followup_agreed"})
    await first.sync()
    await second.sync(flush=False)
    await second.sync()
    assert logged(second)[record]["disposition"] == "warm_handoff"
    assert [one.id for one in second.records.conflicts()] == [record]


async def test_a_lost_phone_is_recovered_from_paper(hall: Hall) -> None:
    lead = await hall.founded()
    lost = await hall.joined(lead, "Ada")
    paper = await lost.new_code()
    await lost.confirm_code(paper)
    ids = [lost.records.log("contact", CONTACT) for _ in range(2)]
    await lost.sync()
    found = hall.new_phone("found")
    with pytest.raises(CodeWrong) as wrong:
        found.recover_with(ADDRESS, paper[:-1] + ("0" if paper[-1] != "0" else "1"))
    assert wrong.value.group == 7
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    assert set(logged(found)) == set(ids)
    renewed = await found.new_code()
    assert renewed != paper
    assert await found.new_code() == renewed
    with pytest.raises(CodeUnknown):
        await found.confirm_code(paper)
    await found.confirm_code(renewed)
    roster = found.engine.roster
    assert len(roster.open_invites("recovery", account=found.engine.identity.account)) == 1
    assert roster.spaces[found.engine.writer.personal].epoch == 2
    late = hall.new_phone("late")
    late.recover_with(ADDRESS, paper)
    with pytest.raises(InviteClosed):
        await late.come_in()
    again = hall.new_phone("again")
    again.recover_with(ADDRESS, renewed)
    await again.come_in()
    assert set(logged(again)) == set(ids)


async def test_recovery_closes_the_codes_a_thief_made_before_it_makes_its_own(hall: Hall) -> None:
    lead = await hall.founded()
    stolen = await hall.joined(lead, "Ada")
    paper = await stolen.new_code()
    await stolen.confirm_code(paper)
    thefts = [await stolen.new_code()]
    found = hall.new_phone("found")
    found.recover_with(ADDRESS, paper)
    await found.come_in()
    renewed = await found.new_code()
    await found.confirm_code(renewed)
    assert len(found.engine.roster.open_invites("recovery", account=found.engine.identity.account)) == 1
    thief = hall.new_phone("thief")
    thief.recover_with(ADDRESS, thefts[0])
    with pytest.raises(InviteClosed):
        await thief.come_in()


async def test_after_a_rotation_the_other_phone_goes_on(hall: Hall) -> None:
    lead = await hall.founded()
    first = await hall.joined(lead, "Ada")
    second = hall.new_phone("second")
    second.accept(await first.link())
    await second.come_in()
    first_id = second.records.log("contact", CONTACT)
    second.engine.flush()
    await first.rotate("personal")
    one = first.records.log("contact", CONTACT)
    await first.sync()
    # Sealed under the old key, refused as stale, sealed anew under the next number.
    await second.sync()
    await first.sync()
    assert set(logged(first)) == set(logged(second)) == {one, first_id}
    assert second.engine.writer.place(second.vault.read(), second.engine.writer.personal).sequence > 3


async def test_a_lead_rotates_the_shared_spaces(hall: Hall) -> None:
    lead = await hall.founded()
    member = await hall.joined(lead, "Ada")
    other = await hall.joined(lead, "Bo", "lead")
    for space in ("commons", "leads"):
        await lead.rotate(space)
    late = await hall.joined(lead, "Cy")
    await other.sync()
    assert {one.name for one in other.members()} >= {"lead", "Ada", "Cy"}
    resource: Fields = {
        "name": "Line",
        "categories": ["crisis_line"],
        "is_crisis": True,
        "phones": [{"number": "+1 555 0100"}],
        "assured_date": lead.today().isoformat(),
    }
    lead.records.log("resource", resource)
    await lead.sync()
    for phone in (member, other, late):
        await phone.sync()
        assert [one.fields["name"] for one in phone.records.list("resource")] == ["Line"]


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_every_ceremony_survives_one_lost_message_anywhere(hall: Hall, lost: str) -> None:
    count = 0

    def every_third(_: object) -> str:
        nonlocal count
        count += 1
        return lost if count % 3 == 0 else ""

    hall.wire.lose = every_third
    lead = await hall.founded()
    member = await hall.joined(lead, "Ada")
    record = member.records.log("contact", CONTACT)
    await member.confirm_code(await member.new_code())
    await member.sync()
    second = hall.new_phone("second")
    second.accept(await member.link())
    await second.come_in()
    await second.rotate("personal")
    await lead.sync()
    assert set(logged(second)) == {record}
    assert [one.name for one in lead.members()] == ["lead", "Ada"]
    assert len(member.engine.roster.devices) == 2
    assert len(second.engine.roster.devices) == 3


async def test_a_spent_ticket_opens_nothing(hall: Hall) -> None:
    lead = await hall.founded()
    ticket = await lead.invite()
    first, second = hall.new_phone("first"), hall.new_phone("second")
    first.accept(ticket, "Ada")
    await first.come_in()
    second.accept(ticket, "Eve")
    with pytest.raises(InviteClosed):
        await second.come_in()
    with pytest.raises(JoinedAlready):
        first.accept(await lead.invite(), "Ada")


async def test_an_expired_ticket_opens_nothing(hall: Hall) -> None:
    lead = await hall.founded()
    ticket = await lead.invite(days=3)
    hall.pass_days(5)
    await lead.sync()
    late = hall.new_phone("late")
    late.accept(ticket, "Ada")
    with pytest.raises(InviteClosed):
        await late.come_in()


async def test_a_daily_sync_with_nothing_new_is_one_request(hall: Hall) -> None:
    lead = await hall.founded()
    await lead.sync(flush=False)
    hall.wire.requests.clear()
    report = await lead.engine.sync(flush=False)
    assert hall.wire.requests == ["/v1/sync"]
    assert (report.pulled, report.landed, report.waiting) == (0, 0, 0)


async def test_the_random_daily_flush_speaks_also_with_nothing_to_say(hall: Hall) -> None:
    lead = await hall.founded()
    before = lead.engine.ledger.chains[lead.engine.writer.personal].position
    assert await lead.tick() is None
    hall.pass_days(2)
    assert await lead.tick() is not None
    assert await lead.tick() is None
    assert lead.engine.ledger.chains[lead.engine.writer.personal].position == before + 1


async def test_a_phone_with_a_wrong_clock_syncs(hall: Hall) -> None:
    lead = await hall.founded()
    ticket = await lead.invite()
    phone = hall.new_phone("wrong", clock=lambda: hall.now - 400 * 86_400)
    phone.accept(ticket, "Ada")
    await phone.come_in()
    phone.records.log("contact", CONTACT)
    await phone.sync()
    await phone.confirm_code(await phone.new_code())
    assert phone.records.unsent() == 0


async def test_a_phone_unknown_to_a_server_put_back_goes_on_when_it_is_known_again(hall: Hall) -> None:
    lead = await hall.founded()
    old = hall.backup("old")
    phone = await hall.joined(lead, "Ada")
    new = hall.backup("new")
    kept = phone.records.log("contact", CONTACT)
    hall.restore(old)
    with pytest.raises(ServerProblem):
        await phone.sync()
    assert phone.notes() == [SHUT_OUT]
    hall.restore(new)
    await phone.sync()
    assert phone.notes() == []
    assert phone.records.unsent() == 0
    assert kept in logged(phone)
    with pytest.raises(JoinedAlready):
        phone.accept(await phone.link())
