"""A programme's server gets another address or key (docs/protocol/7-ceremonies.md, "Moving the server")."""

from dataclasses import replace

from crypto.public.signing import check_public_key
from device.engine import Engine, Publication
from device.exchange import Unsigned
from device.outbox import Rows
from device.report import Report
from device.transport import Transport
from sync.state import RosterState
from sync.statements import SetServer
from sync.ticket import TicketWrong, is_origin

NO_ADDRESS = "the server's address looks like https://hallway.example"


async def state_server(
    engine: Engine, server_key: bytes, address: str, *, one_organisation: bool | None = None
) -> None:
    """State where the programme's server will be, and the key it will sign with (32 bytes): by a lead.

    `one_organisation`: whether the leads' own organisation runs it; None: as stated before. Until that server answers,
    phones go on with the present one. Raises TicketWrong for an address that is none,
    KeyRefused, and as `Engine.publish`; Unsigned if the present key is lost, and what answers has not the stated one.
    """
    check_address(address)
    check_public_key(server_key)

    async def decide(roster: RosterState) -> Publication | None:
        one = roster.one_organisation if one_organisation is None else one_organisation
        if (roster.server_key, roster.address, roster.one_organisation) == (server_key, address, one):
            return None
        return SetServer(engine.writer.day(), server_key, address, one), Rows()

    try:
        await engine.publish(decide)
    except Unsigned as answer:
        # The old key is lost, and no answer will ever be signed with it. With a key that is not its own, mistyped, the
        # statement would end the programme: what answers has to have it. Then this phone believes it before the
        # statement stands, as it must, to learn what members have stated since it was last here.
        if not answer.signed.is_by(server_key):
            raise
        engine.become(replace(engine.identity, server_key=server_key))
        await engine.publish(decide)


async def state_organisation(engine: Engine, *, one: bool) -> None:
    """State whether the leads' own organisation runs the present server: by a lead. Raises as `Engine.publish`."""

    async def decide(roster: RosterState) -> Publication | None:
        if roster.one_organisation == one:
            return None
        return SetServer(engine.writer.day(), roster.server_key, roster.address, one), Rows()

    await engine.publish(decide)


async def go_to(engine: Engine, transport: Transport) -> None:
    """Pull from the address that the owner was told; kept only if what answers there is the programme's server.

    Raises TicketWrong, ServerFault, and as `Engine.pull`.
    """
    check_address(transport.address)
    before = engine.transport
    engine.turn_to(transport)
    try:
        await engine.pull(Report(), set())
    except BaseException:
        engine.turn_to(before)
        raise


def check_address(address: str) -> None:
    """Raises TicketWrong."""
    if not is_origin(address):
        raise TicketWrong(NO_ADDRESS)
