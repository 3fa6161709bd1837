"""Coming in: with tickets that are spent, stale or of a programme that was made up, and again after each of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import orjson
import pytest

from crypto.public.base64url import b64, unb64
from crypto.secret.code import to_paper
from crypto.secret.invite import InviteKeys
from device.ceremonies.joining import InviteClosed
from device.phone import JoinedAlready, Phone
from device.records import NotJoined
from device.transport import ServerProblem, Unreachable
from sync.answer import Answer, Standing
from sync.device.replica import ServerFault
from sync.log import Chain, Cursor, Entry
from sync.ticket import Ticket, TicketWrong
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.actors import World
from tests.support.evil import SYNC, Json, cursor, part, problem
from tests.support.hall import ADDRESS, Hall
from tests.support.people import Pass

# A programme that a server made up.


class Impostor:
    """Answers a guest with a roster of its own making, signed with a key of its own."""

    def __init__(self, hall: Hall, world: World, entries: Sequence[Entry]) -> None:
        self.world = world
        self.entries = entries
        hall.wire.tamper = self.answer

    def answer(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        asked = orjson.loads(request.content or b"{}")
        if request.url.path == "/v1/sessions":
            token, challenge = b64(bytes(32)), b64(bytes(48))
            made = {"programme": b64(self.world.programme), "token": token, "seconds": 900, "challenge": challenge}
        elif request.url.path == SYNC:
            made = self.roster(asked)
        else:
            return response
        return httpx.Response(200, content=orjson.dumps(made))

    def roster(self, asked: Json) -> Json:
        chain = Chain.start(self.world.programme, self.world.programme)
        for entry in self.entries:
            chain = chain.extend(entry)
        standing = Standing(self.world.programme, cursor(asked["logs"][0]["cursor"]), chain.cursor, True)
        signed = Answer(self.world.programme, unb64(asked["challenge"]), self.world.day, [standing])
        shown = [
            {
                "position": position,
                "header": b64(entry.raw_header),
                "body": b64(entry.body or b""),
                "signature": b64(entry.signature),
            }
            for position, entry in enumerate(self.entries, start=1)
        ]
        head = {"position": chain.position, "head": b64(chain.head)}
        one = {"log": b64(self.world.programme), "known": True, "head": head, "accepted": [], "entries": shown}
        return {
            "day": self.world.day,
            "logs": [one | {"more": False}],
            "signature": b64(signed.sign(self.world.server)),
            "challenge": b64(bytes(48)),
        }


def without_it(world: World, _: Pass) -> list[Entry]:
    world.invite("recovery")
    world.invite("member")
    return world.entries


def signed_by_another(world: World, guest: Pass) -> list[Entry]:
    own = world.new_pass(guest.role, world.lead)
    forged = world.draft(world.lead, world.inviting(guest, signer=own.keys.signing))
    return [*world.entries, forged]


def signed_for_another(world: World, guest: Pass) -> list[Entry]:
    """The genuine counter-signature, of the genuine programme: it binds the programme's id."""
    elsewhere = World.found(9, server=world.server, address=ADDRESS)
    genuine = elsewhere.inviting(guest)
    return [*world.entries, world.draft(world.lead, replace(genuine, server_key=world.server.public))]


FORGERIES: dict[str, Callable[[World, Pass], list[Entry]]] = {
    "without the invite": without_it,
    "with an invite it signed itself": signed_by_another,
    "with the invite of the true programme": signed_for_another,
}


@pytest.mark.parametrize("how", FORGERIES)
@pytest.mark.parametrize("role", ["member", "link", "recovery"])
async def test_a_programme_that_was_made_up_is_not_joined(house: House, role: str, how: str) -> None:
    guest = house.hall.new_phone("guest")
    if role == "recovery":
        paper = await house.ada.new_code()
        guest.recover_with(ADDRESS, paper)
    else:
        guest.accept(await (house.lead.invite() if role == "member" else house.ada.link()), "Bo")
    identity = guest.identity
    assert identity is not None
    world = World.found(3, address=ADDRESS)
    known = Pass(role, identity.secret, InviteKeys.from_secret(identity.secret), world.lead.person)
    Impostor(house.hall, world, FORGERIES[how](world, replace(known, person=None) if role == "member" else known))
    with pytest.raises(ServerFault):
        await guest.come_in()
    assert guest.waiting() == 0
    # The true server, next time, also after a restart.
    house.hall.wire.be_honest()
    guest = await house.hall.reopen(guest)
    await guest.come_in()
    assert guest.engine.roster.programme == house.programme
    assert guest.notes() == []
    assert logged(guest) == ({} if role == "member" else logged(house.ada))


async def test_a_fork_from_before_the_invite_is_not_joined(house: House) -> None:
    guest = house.hall.new_phone("guest")
    guest.accept(await house.lead.invite(), "Bo")

    def cut(_: Json, answer: Json) -> None:
        shown = part(answer, house.programme)
        del shown["entries"][-1]
        chain = Chain.start(house.programme, house.programme)
        for one in shown["entries"]:
            chain = chain.extend(Entry(unb64(one["header"]), unb64(one["signature"]), unb64(one["body"])))
        shown["head"] = {"position": chain.position, "head": b64(chain.head)}

    house.evil.answering(cut)
    with pytest.raises(ServerFault, match="does not contain this invite"):
        await guest.come_in()
    house.hall.wire.be_honest()
    await guest.come_in()


async def test_another_server_key_than_the_tickets_is_not_believed(house: House) -> None:
    ticket = replace(await house.lead.invite(), server_key=World.found(1).server.public)
    guest = house.hall.new_phone("guest")
    guest.accept(ticket, "Bo")
    with pytest.raises(ServerFault, match="another server key"):
        await guest.come_in()


async def test_a_ticket_for_another_server_opens_nothing_here(house: House) -> None:
    ticket = replace(await house.lead.invite(), address="http://else.test")
    guest = house.hall.new_phone("guest")
    guest.accept(ticket, "Bo")
    with pytest.raises(InviteClosed):
        await guest.come_in()


@pytest.mark.parametrize("address", ["hall.test", "http://hall.test/path", "file:///etc", "", "http://hall test"])
async def test_an_address_that_is_none_is_said_before_anything_is_sent(hall: Hall, address: str) -> None:
    phone = hall.new_phone("phone")
    with pytest.raises(TicketWrong):
        phone.recover_with(address, to_paper(bytes(16)))
    assert (phone.identity, hall.wire.requests) == (None, [])


async def test_a_slash_behind_the_address_on_paper_is_no_other_server(house: House) -> None:
    paper = await house.ada.new_code()
    phone = house.hall.new_phone("phone")
    phone.recover_with(f" {ADDRESS}/ ", paper)
    await phone.come_in()
    assert logged(phone) == logged(house.ada)


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
