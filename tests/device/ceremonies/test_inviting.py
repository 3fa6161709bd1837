"""Invites and codes: shown, lost, closed by somebody else, typed back."""

import pytest

from api.operator import founding_ticket
from crypto.errors import CodeWrong
from crypto.secret.invite import InviteKeys
from device.ceremonies.inviting import CodeUnknown, code_confirmed_on, code_pending
from device.phone import Phone
from device.transport import ServerProblem, Unreachable
from sync.state import InviteRecord
from tests.device.conftest import House
from tests.device.contacts import logged
from tests.support.hall import ADDRESS


def codes(phone: Phone) -> dict[bytes, InviteRecord]:
    return phone.engine.roster.open_invites("recovery", account=phone.engine.identity.account)


def lasting(phone: Phone) -> int:
    """Codes that stay good."""
    return sum(code.closing is None for code in codes(phone).values())


async def test_a_code_that_was_not_typed_back_is_shown_again(house: House) -> None:
    house.hall.wire.lose = lambda request: "answer" if b'"entries"' in request.content else ""
    with pytest.raises(Unreachable):
        await house.ada.new_code()
    house.hall.wire.be_honest()
    again = await house.hall.reopen(house.ada)
    printed = await again.new_code()
    assert await again.new_code() == printed
    assert len(codes(again)) == 1
    assert code_pending(again.engine)
    with pytest.raises(CodeWrong):
        await again.confirm_code(printed[::-1])
    await again.confirm_code(printed.lower().replace("-", " "))
    assert not code_pending(again.engine)
    assert code_confirmed_on(again.engine) == int(house.hall.now // 86_400)
    with pytest.raises(CodeUnknown):
        await again.confirm_code(printed)


async def test_of_two_phones_with_new_codes_one_is_told_that_its_code_dies(house: House) -> None:
    """Each closed the other's, and in thirty days the person would have had no code at all, and two on paper."""
    first, second = await house.ada.new_code(), await house.second.new_code()
    await house.second.confirm_code(second)
    with pytest.raises(CodeUnknown, match="closed by another phone"):
        await house.ada.confirm_code(first)
    third = await house.ada.new_code()
    assert third not in (first, second)
    assert await house.ada.new_code() == third
    await house.ada.confirm_code(third)
    assert lasting(house.ada) == 1
    house.hall.pass_days(31)
    await house.ada.rotate("personal")
    assert len(codes(house.ada)) == 1
    found = house.hall.new_phone("found")
    found.recover_with(ADDRESS, third)
    await found.come_in()
    assert logged(found) == logged(house.ada)


async def test_a_code_that_never_left_is_not_confirmed(house: House) -> None:
    house.hall.wire.lose = lambda request: "request" if b'"entries"' in request.content else ""
    with pytest.raises(Unreachable):
        await house.ada.new_code()
    house.hall.wire.be_honest()
    house.evil.refusing("limit-reached", log=house.programme, times=1)
    await house.ada.sync()
    house.hall.wire.be_honest()
    assert codes(house.ada) == {}
    printed = await house.ada.new_code()
    await house.ada.confirm_code(printed)
    assert lasting(house.ada) == 1


async def test_a_refused_invite_says_why_and_leaves_nothing(house: House) -> None:
    with pytest.raises(ServerProblem, match="not-authorised"):
        await house.ada.invite()
    for days, uses in ((15, 1), (3, 101)):
        with pytest.raises(ServerProblem, match="limit-reached"):
            await house.lead.invite(days=days, uses=uses)
    assert house.ada.waiting() == house.lead.waiting() == 0
    for _ in range(4):
        await house.ada.link()
    with pytest.raises(ServerProblem, match="limit-reached"):
        await house.ada.link()
    house.hall.pass_days(3)
    await house.lead.invite()
    await house.ada.link()


async def test_an_invite_of_the_first_lead_waits_for_a_code(house: House) -> None:
    alone = house.hall.new_phone("alone")
    await alone.found(founding_ticket(house.hall.settings), "Al")
    with pytest.raises(ServerProblem, match="second-key-needed"):
        await alone.invite()
    await alone.new_code()
    await alone.invite()


async def test_a_link_that_was_shown_in_vain_is_closed(house: House) -> None:
    ticket = await house.ada.link()
    known = InviteKeys.from_secret(ticket.secret).id
    await house.second.sync()
    await house.second.close_invite(known)
    with pytest.raises(ServerProblem, match="invite-not-open"):
        await house.ada.close_invite(known)
    assert house.ada.waiting() == 0


@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_a_lost_link_is_there_once_or_not_at_all_and_the_next_works(house: House, lost: str) -> None:
    fates = iter([lost] * 3)
    house.hall.wire.lose = lambda request: next(fates, "") if b'"entries"' in request.content else ""
    with pytest.raises(Unreachable):
        await house.ada.link()
    house.hall.wire.be_honest()
    third = await house.hall.linked(house.ada, "third")
    await house.ada.sync()
    assert logged(third) == logged(house.ada)
    assert len(house.ada.engine.roster.open_invites("link", account=house.ada.engine.identity.account)) == 1
