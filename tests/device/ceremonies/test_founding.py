"""Founding, with a clock that is wrong, a token that is spent, and answers that are lost."""

from dataclasses import replace

import pytest

from api.operator import founding_ticket
from crypto.public.encoding import encode
from device.days import today
from device.phone import JoinedAlready
from device.transport import Malformed, ServerProblem, Unreachable
from sync.statements import Policy
from tests.device.contacts import CONTACT, RESOURCE, logged
from tests.support.evil import Evil
from tests.support.hall import START, Hall

FOUND = "/v1/programmes"


@pytest.mark.parametrize("days", [-4_000.0, -3.0, 2.0, 30_000.0])
async def test_a_wrong_clock_founds_all_the_same(hall: Hall, days: float) -> None:
    """The statement of the wrong day was stored, and refused for ever."""
    lead = hall.new_phone("lead", clock=lambda: hall.now + days * 86_400)
    await lead.found(founding_ticket(hall.settings), "Lea", Policy(contact_days=200))
    assert lead.engine.roster.time == START // 86_400
    assert lead.engine.roster.policy.contact_days == 200
    await lead.confirm_code(await lead.new_code())
    await lead.sync()
    assert lead.waiting() == 0
    assert [one.name for one in lead.members()] == ["Lea"]


async def test_a_founding_that_waited_for_days_brings_what_was_logged_meanwhile(hall: Hall) -> None:
    ticket, lead = founding_ticket(hall.settings), hall.new_phone("lead")
    hall.wire.lose = lambda _: "request"
    for _ in range(2):
        with pytest.raises(Unreachable):
            await lead.found(ticket, "Lea")
    lead.records.log("contact", CONTACT)
    lead.records.log("resource", RESOURCE)
    hall.pass_days(9)
    hall.wire.be_honest()
    await lead.found(ticket, "Lea")
    assert len(logged(lead)) == len(lead.records.list("resource")) == 1
    assert (lead.records.unsent(), lead.waiting(), lead.notes()) == (0, 0, [])
    assert [one.name for one in lead.members()] == ["Lea"]


async def test_a_founding_that_landed_days_ago_is_found(hall: Hall) -> None:
    ticket, lead = founding_ticket(hall.settings), hall.new_phone("lead")
    hall.wire.lose = lambda _: "answer"
    with pytest.raises(Unreachable):
        await lead.found(ticket, "Lea")
    hall.pass_days(9)
    hall.wire.be_honest()
    await lead.found(ticket, "Lea")
    assert lead.engine.roster.time == START // 86_400
    with pytest.raises(JoinedAlready):
        await lead.found(ticket, "Lea")


@pytest.mark.parametrize("restart", [False, True])
async def test_a_spent_token_is_no_end(hall: Hall, *, restart: bool) -> None:
    await hall.founded("first")
    lead = hall.new_phone("lead")
    ticket = founding_ticket(hall.settings)
    with pytest.raises(ServerProblem, match="founding-refused"):
        await lead.found(replace(ticket, secret=bytes(16)), "Lea")
    lead.records.log("contact", CONTACT)
    if restart:
        lead = await hall.reopen(lead)
    await lead.found(ticket, "Lea")
    assert len(logged(lead)) == 1
    assert (lead.waiting(), lead.records.unsent()) == (0, 0)


async def test_a_server_that_refuses_every_day_is_asked_twice(hall: Hall) -> None:
    lead = hall.new_phone("lead")
    for day, error in (("soon", ServerProblem), (-1, ServerProblem), (2**60, ServerProblem), (20_500, ServerProblem)):
        Evil(hall, bytes(32)).refusing("day-off", path=FOUND, server_day=day)
        hall.wire.requests.clear()
        with pytest.raises(error, match="day-off"):
            await lead.found(founding_ticket(hall.settings), "Lea")
        assert hall.wire.requests.count(FOUND) <= 2
    hall.wire.be_honest()
    await lead.found(founding_ticket(hall.settings), "Lea")
    assert today(lead.vault.read(), hall.now) == START // 86_400


async def test_a_page_of_a_portal_is_no_founding(hall: Hall) -> None:
    lead, ticket = hall.new_phone("lead"), founding_ticket(hall.settings)
    Evil(hall, bytes(32)).saying(b"<html>", path=FOUND)
    with pytest.raises(Malformed):
        await lead.found(ticket, "Lea")
    hall.wire.be_honest()
    await lead.found(ticket, "Lea")
    row = lead.vault.read().execute("SELECT value FROM meta WHERE key = 'clock_error'").fetchone()
    assert row == (encode(0),)
