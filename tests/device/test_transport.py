"""HTTP: what is no answer of a Hallway server is told apart from no answer, and nothing is believed of either."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from crypto.public.base64url import b64
from device import transport as module
from device.transport import DETAIL_LENGTH, Malformed, ServerProblem, Transport, Unreachable, problem_of
from schemas.problems import PROBLEMS, URN, document
from tests.device.conftest import House
from tests.device.contacts import CONTACT, logged
from tests.support.evil import SYNC
from tests.support.hall import ADDRESS

PAGE = b"<html><body>Sign in to Hospital Guest WiFi</body></html>"


def answering(status: int, content: bytes, **headers: str) -> Transport:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers=headers)

    return Transport(ADDRESS, httpx.AsyncClient(transport=httpx.MockTransport(answer)))


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (200, PAGE, Malformed),
        (200, b"", Malformed),
        (200, b"{", Malformed),
        (200, b"null", Malformed),
        (200, b"\xff\xfe", Malformed),
        (200, b"[" * 100_000, Malformed),
        (200, b'{"challenge": "short"}', Malformed),
        (200, b'{"challenge": 1e999}', Malformed),
        (204, b"", Malformed),
        (302, PAGE, Malformed),
        (401, PAGE, Malformed),
        (404, PAGE, Malformed),
        (418, b'{"type": "urn:else:problem:x"}', Malformed),
        (418, b'{"type": "urn:hallway:problem:"}', Malformed),
        (418, b'{"type": "urn:hallway:problem:Not A Name"}', Malformed),
        (418, b'{"type": 7}', Malformed),
        (418, b"[" * 100_000, Malformed),
        (500, PAGE, Unreachable),
        (502, PAGE, Unreachable),
        (504, b"", Unreachable),
    ],
)
async def test_what_no_server_of_ours_says(status: int, content: bytes, error: type[Exception]) -> None:
    transport = answering(status, content)
    with pytest.raises(error) as raised:
        await transport.challenge()
    assert ADDRESS in str(raised.value) or str(status) in str(raised.value)
    assert "<html>" not in str(raised.value)
    await transport.client.aclose()


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_every_problem_of_the_table_is_read(name: str) -> None:
    content = orjson.dumps(document(name, "why", {"log": "x"}))
    problem = problem_of(PROBLEMS[name].status, content)
    assert isinstance(problem, ServerProblem)
    assert (problem.name, problem.status, problem.detail) == (name, PROBLEMS[name].status, "why")
    assert problem.members["log"] == "x"


def test_the_words_of_a_server_cannot_steer_a_terminal_or_fill_a_screen() -> None:
    detail = "call\x1b[2J\n\x07\u202e now" + "!" * 10_000
    problem = problem_of(409, orjson.dumps({"type": f"{URN}exists", "detail": detail}))
    assert isinstance(problem, ServerProblem)
    assert problem.detail.startswith("call[2J now!")
    assert len(problem.detail) == DETAIL_LENGTH
    assert str(problem).isprintable()


@pytest.mark.parametrize("compressed", [False, True])
async def test_an_answer_larger_than_any_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, *, compressed: bool
) -> None:
    """What arrives counts, whatever was declared: a bomb of zeros, too."""
    monkeypatch.setattr(module, "LARGEST_ANSWER", 10_000)
    content = gzip.compress(bytes(1_000_000)) if compressed else bytes(10_001)
    headers = {"content-encoding": "gzip"} if compressed else {}
    transport = answering(200, content, **headers)
    with pytest.raises(Malformed, match="larger"):
        await transport.challenge()
    await transport.client.aclose()


async def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WHOLE_ANSWER", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=drip())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(Unreachable):
            await Transport(ADDRESS, client).challenge()


@pytest.mark.parametrize("address", ["http://[", "http://a b", "ftp://hall.test", "nonsense", "http://hall.test:99999"])
async def test_an_address_that_is_none_gives_no_answer(address: str) -> None:
    transport = Transport(address)
    with pytest.raises(Unreachable):
        await transport.challenge()
    await transport.close()


async def test_a_lent_client_is_not_closed() -> None:
    async with httpx.AsyncClient() as client:
        await Transport(ADDRESS, client).close()
        assert not client.is_closed
    own = Transport(ADDRESS)
    await own.close()
    assert own.client.is_closed


@pytest.mark.parametrize("content", [PAGE, b"", b'{"day": 1}'])
@pytest.mark.parametrize("path", [SYNC, "/v1/sessions", "/v1/wraps", "/v1/keys"])
async def test_a_sign_in_page_in_between_loses_nothing(house: House, path: str, content: bytes) -> None:
    house.ada.records.log("contact", CONTACT)
    await house.second.rotate("personal")
    house.evil.saying(content, path=path)
    with pytest.raises(Malformed):
        await house.ada.rotate("personal")
    house.hall.wire.be_honest()
    await house.ada.sync()
    assert house.ada.records.unsent() == house.ada.waiting() == 0


async def test_a_token_and_a_secret_are_in_no_error(house: House) -> None:
    await house.ada.sync()
    token = house.ada.engine.session.token
    house.hall.wire.lose = lambda _: "request"
    with pytest.raises(Unreachable) as raised:
        await house.ada.sync()
    shown = [str(raised.value), repr(raised.value), repr(house.ada.engine.session), repr(house.ada.identity)]
    for secret in (token, house.ada.engine.identity.signing.seed, house.ada.engine.identity.hpke.seed):
        assert all(b64(secret) not in one and repr(secret)[2:-1] not in one for one in shown)


async def test_a_phone_syncs_with_a_server_that_says_more_than_it_knows(house: House) -> None:
    def extended(value: Any) -> Any:
        if isinstance(value, list):
            return [extended(one) for one in value]
        if isinstance(value, dict):
            return {**{name: extended(one) for name, one in value.items()}, "later": {"x": 1}}
        return value

    house.hall.wire.tamper = lambda _, response: httpx.Response(
        response.status_code, headers=response.headers, content=orjson.dumps(extended(orjson.loads(response.content)))
    )
    house.ada.records.log("contact", CONTACT)
    await house.ada.rotate("personal")
    for phone in (house.ada, house.second, house.lead):
        await phone.sync()
    third = await house.hall.linked(house.ada, "third")
    await house.everything_arrives()
    assert logged(third) == logged(house.ada)
