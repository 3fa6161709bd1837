"""Coming in: with tickets that are spent, stale or of a programme that was made up, and again after each of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import pytest

from crypto.public.base64url import b64
from crypto.secret.invite import InviteKeys
from device.ceremonies.joining import InviteClosed
from device.phone import JoinedAlready, Phone
from device.records import NotJoined
from device.transport import ServerProblem, Unreachable
from sync.device.replica import ServerFault
from sync.log import Chain, Cursor
from sync.ticket import Ticket, TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.actors import World
from tests.support.evil import Json, part, problem
from tests.support.hall import ADDRESS

# Keys that are withheld.


def no_wraps(_: Json, answer: Json) -> None:
    answer["wraps"] = []


def garbage(_: Json, answer: Json) -> None:
    for one in answer["wraps"]:
        one["wrap"] = b64(bytes(1168))


@pytest.mark.parametrize("trick", [no_wraps, garbage])
@pytest.mark.parametrize("role", ["member", "lead", "link"])
async def test_a_server_that_withholds_a_key_is_named_and_nothing_is_sent(
    house: House, role: str, trick: Callable[[Json, Json], None]
) -> None:
    guest = house.hall.new_phone("guest")
    guest.accept(await (house.ada.link() if role == "link" else house.lead.invite(role)), "Bo")
    house.evil.answering(trick, path="/v1/wraps")
    for _ in range(2):
        with pytest.raises(ServerFault, match="withholds, or lost, a key"):
            await guest.come_in()
    assert guest.waiting() == 0
    house.hall.wire.be_honest()
    await guest.come_in()
    assert guest.engine.enrolled


async def test_a_device_that_the_server_smuggles_in_is_a_fault_of_the_server(house: House) -> None:
    """Its `join` lacks the consent of any invite; phones would otherwise wrap their next key to it."""
    world = World.found(5)
    thief = world.lead
    roster = house.ada.engine.roster
    used = world.new_pass("link", thief)
    seen = roster.chain.cursor
    joining = replace(
        world.joining(thief, used, seen=seen),
        account=house.ada.engine.identity.account,
        invite=next(iter(roster.invites)),
    )
    forged = world.draft(thief, joining, seen=seen, log=house.programme, sequence=1, prev=bytes(32))

    def smuggle(_: Json, answer: Json) -> None:
        shown = part(answer, house.programme)
        entry = {
            "position": seen.position + 1,
            "header": b64(forged.raw_header),
            "body": b64(forged.body or b""),
            "signature": b64(forged.signature),
        }
        chain = roster.chain.extend(forged)
        shown.update(entries=[entry], head={"position": chain.position, "head": b64(chain.head)})

    house.evil.answering(smuggle)
    with pytest.raises(ServerFault, match="a statement of the roster is refused"):
        await house.ada.rotate("personal")
    assert house.ada.waiting() == 0
    assert thief.id not in house.ada.engine.roster.devices


# Tickets that open nothing, and the next one that does.


async def came_in(house: House, phone: Phone, *, accounts: int = 3) -> None:
    await house.lead.sync()
    assert len(house.lead.engine.roster.accounts) == accounts
    assert (phone.waiting(), phone.records.unsent(), phone.notes()) == (0, 0, [])


@pytest.mark.parametrize("again", [False, True])
async def test_after_a_lost_race_for_a_ticket_the_next_ticket_is_taken(house: House, *, again: bool) -> None:
    """The phone kept the number of its refused `join`, the roster of the first try, and the first ticket."""
    ticket = await house.lead.invite()
    slow, fast = house.hall.new_phone("slow"), house.hall.new_phone("fast")
    slow.accept(ticket, "Slow")
    fast.accept(ticket, "Fast")
    house.hall.wire.lose = lambda request: "request" if b'"entries"' in request.content else ""
    with pytest.raises(Unreachable):
        await slow.come_in()
    house.hall.wire.be_honest()
    record = slow.records.log("contact", CONTACT)
    await fast.come_in()
    with pytest.raises(InviteClosed):
        await slow.come_in()
    with pytest.raises(NotJoined):
        await slow.sync()
    if again:
        slow = await house.hall.reopen(slow)
    slow.accept(await house.lead.invite(), "Slow")
    await slow.come_in()
    assert list(logged(slow)) == [record]
    await came_in(house, slow, accounts=4)
    assert [one.name for one in house.lead.members()] == ["lead", "ada", "Fast", "Slow"]


async def test_a_race_that_is_lost_while_the_join_is_on_its_way(house: House) -> None:
    ticket = await house.lead.invite()
    slow, fast = house.hall.new_phone("slow"), house.hall.new_phone("fast")
    slow.accept(ticket, "Slow")
    fast.accept(ticket, "Fast")
    come, engine = fast.come_in, slow.engine
    decide = engine.publics

    async def interrupted(hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        await come()
        return await decide(hashes)

    engine.publics = interrupted  # type: ignore[method-assign, assignment]
    with pytest.raises(InviteClosed):
        await slow.come_in()
    slow.accept(await house.lead.invite(), "Slow")
    await slow.come_in()
    await came_in(house, slow, accounts=4)


async def test_a_ticket_of_another_programme_after_one_that_failed(house: House) -> None:
    ticket = await house.lead.invite()
    phone = house.hall.new_phone("phone")
    phone.accept(ticket, "Bo")
    house.evil.answering(no_wraps, path="/v1/wraps")
    with pytest.raises(ServerFault):
        await phone.come_in()
    house.hall.wire.be_honest()
    other = await house.hall.founded("other")
    phone.accept(await other.invite(), "Bo")
    await phone.come_in()
    assert phone.engine.roster.programme == other.engine.roster.programme
    assert phone.waiting() == 0
    rows = phone.vault.read().execute("SELECT DISTINCT log FROM entries").fetchall()
    assert {row[0] for row in rows} <= set(phone.engine.logs())


async def test_a_closed_ticket_opens_nothing(house: House) -> None:
    ticket = await house.lead.invite()
    await house.lead.close_invite(InviteKeys.from_secret(ticket.secret).id)
    phone = house.hall.new_phone("phone")
    phone.accept(ticket, "Bo")
    with pytest.raises(InviteClosed):
        await phone.come_in()


async def test_a_ticket_of_five_brings_five(house: House) -> None:
    ticket = await house.lead.invite(uses=5)
    for number in range(5):
        phone = house.hall.new_phone(f"phone{number}")
        phone.accept(ticket, f"Bo {number}")
        await phone.come_in()
    last = house.hall.new_phone("last")
    last.accept(ticket, "Bo")
    with pytest.raises(InviteClosed):
        await last.come_in()


async def test_a_join_that_a_rotation_overtook_is_signed_again_at_once(house: House) -> None:
    phone = house.hall.new_phone("phone")
    phone.accept(await house.lead.invite(), "Bo")
    house.hall.wire.lose = lambda request: "request" if b'"entries"' in request.content else ""
    with pytest.raises(Unreachable):
        await phone.come_in()
    house.hall.wire.be_honest()
    record = phone.records.log("contact", CONTACT)
    await house.lead.rotate("commons")
    await phone.come_in()
    assert list(logged(phone)) == [record]
    await came_in(house, phone)


async def test_a_join_that_waited_for_days_is_signed_again_at_once(house: House) -> None:
    phone = house.hall.new_phone("phone")
    phone.accept(await house.lead.invite(days=14), "Bo")
    house.hall.wire.lose = lambda request: "request" if b'"entries"' in request.content else ""
    with pytest.raises(Unreachable):
        await phone.come_in()
    house.hall.wire.be_honest()
    house.hall.pass_days(10)
    await phone.come_in()
    await came_in(house, phone)


async def test_an_overloaded_server_is_not_taken_for_a_spent_ticket(house: House) -> None:
    """A join that landed, its answer lost: the phone looks whether it is in, and the server has no time."""
    phone = house.hall.new_phone("phone")
    phone.accept(await house.lead.invite(), "Bo")
    fates = iter(["answer"])
    house.hall.wire.lose = lambda request: next(fates, "") if b'"entries"' in request.content else ""
    opened = 0

    def overload(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        nonlocal opened
        opened += request.url.path == "/v1/sessions"
        if opened == 3 and request.url.path == "/v1/sessions":
            return problem("too-many-requests")
        return response

    house.hall.wire.tamper = overload
    with pytest.raises(ServerProblem, match="too-many-requests"):
        await phone.come_in()
    house.hall.wire.be_honest()
    await phone.come_in()
    await came_in(house, phone)


async def test_the_same_ticket_again_is_no_other_one(house: House) -> None:
    ticket = await house.ada.link()
    phone = house.hall.new_phone("phone")
    phone.accept(ticket)
    first = phone.identity
    phone.accept(ticket)
    assert first is not None
    assert phone.identity is not None
    assert phone.identity.device == first.device
    await phone.come_in()
    await phone.come_in()
    for other in (ticket, await house.ada.link(), await house.lead.invite()):
        with pytest.raises(JoinedAlready):
            phone.accept(other)


async def test_a_founding_ticket_founds_and_an_invite_invites(house: House) -> None:
    phone = house.hall.new_phone("phone")
    with pytest.raises(TicketWrong):
        phone.accept(Ticket("found", ADDRESS, bytes(32), bytes(16)))
    with pytest.raises(TicketWrong):
        await phone.found(await house.lead.invite(), "Bo")
    with pytest.raises(NotJoined):
        await phone.sync()


async def test_nothing_is_known_to_a_stranger(house: House) -> None:
    phone = house.hall.new_phone("phone")
    phone.accept(Ticket("member", ADDRESS, house.lead.engine.roster.server_key, bytes(16)), "Bo")
    with pytest.raises(InviteClosed):
        await phone.come_in()
    assert phone.engine.ledger.roster is None
    assert phone.engine.ledger.chain(house.programme, house.programme).cursor == Cursor(
        0, Chain.start(house.programme, house.programme).head
    )
