"""Nobody joins a programme that a server made up, or comes in by a ticket for another server."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import orjson
import pytest

from crypto.public.base64url import b64, unb64
from crypto.secret.code import to_paper
from crypto.secret.invite import InviteKeys
from device.ceremonies.joining import InviteClosed
from sync.answer import Answer, Standing
from sync.device.replica import ServerFault
from sync.log import Chain, Entry
from sync.ticket import TicketWrong
from tests.device.conftest import House
from tests.device.contacts import logged
from tests.support.actors import World
from tests.support.evil import SYNC, Json, cursor, part
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
