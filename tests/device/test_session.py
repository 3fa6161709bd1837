"""Sessions: opened when needed, once more when forgotten, and never round and round."""

import pytest

from crypto.public.signing import verify
from device.session import Session
from device.transport import ServerProblem
from schemas import wire
from sync.session import session_message
from tests.device.conftest import House
from tests.support.evil import SYNC
from tests.support.hall import ADDRESS

OPEN = "/v1/sessions"


async def test_a_daily_sync_is_one_session_and_one_request(house: House) -> None:
    await house.ada.sync()
    again = await house.hall.reopen(house.ada)
    house.hall.wire.requests.clear()
    await again.sync(flush=False)
    assert house.hall.wire.requests == [OPEN, SYNC]


async def test_a_challenge_that_is_too_old_is_replaced(house: House) -> None:
    await house.ada.sync()
    house.hall.pass_days(3)
    house.hall.wire.requests.clear()
    await house.ada.sync()
    assert house.hall.wire.requests[:2] == [SYNC, OPEN]
    assert house.hall.wire.requests.count("/v1/challenges") == 1


async def test_a_server_that_was_restarted_is_asked_again_with_a_new_session(house: House) -> None:
    await house.ada.sync()
    house.hall.restart()
    house.hall.wire.requests.clear()
    await house.ada.sync(flush=False)
    assert house.hall.wire.requests == [SYNC, OPEN, SYNC]


@pytest.mark.parametrize(("path", "name"), [(SYNC, "session-required"), (OPEN, "challenge-stale")])
async def test_a_server_that_forgets_every_session_is_asked_twice(house: House, path: str, name: str) -> None:
    house.ada.engine.session.token = b""
    house.evil.refusing(name, path=path)
    house.hall.wire.requests.clear()
    with pytest.raises(ServerProblem, match=name):
        await house.ada.sync()
    assert house.hall.wire.requests.count(path) == 2


async def test_what_is_signed_names_the_server_and_the_challenge(house: House) -> None:
    sent = list[wire.SessionRequest]()
    engine = house.ada.engine
    opened = engine.transport.open_session

    async def keep(request: wire.SessionRequest) -> wire.SessionAnswer:
        sent.append(request)
        return await opened(request)

    engine.transport.open_session = keep  # type: ignore[method-assign]
    session = Session(engine.transport, engine.identity.device, engine.identity.signing)
    await session.open()
    (request,) = sent
    message = session_message(ADDRESS, request.challenge, engine.identity.device)
    verify(engine.identity.signing.public, "session", message, request.signature)
    assert session.programme == house.programme
    assert session.challenge not in (b"", request.challenge)
