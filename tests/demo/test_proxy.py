"""The proxy relays, writes down, and breaks connections where it says it does."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from demo.proxy import ANSWER_LOST, ANSWERED, REQUEST_LOST, Proxy, read_message

REQUEST = b"POST /v1/sync HTTP/1.1\r\nhost: here\r\nContent-Length: 5\r\n\r\nhello"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes"


class Upstream:
    """Answers everything alike, and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.seen.append(await read_message(reader))
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def upstream() -> AsyncIterator[tuple[Upstream, int]]:
    made = Upstream()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    yield made, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def ask(proxy: Proxy, times: int = 1) -> list[bytes]:
    """The answers on one connection. Raises ConnectionResetError when it is reset."""
    host, _, port = proxy.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        answers = []
        for _ in range(times):
            writer.write(REQUEST)
            answers.append(await read_message(reader))
        return answers
    finally:
        writer.transport.abort()


async def test_it_relays_and_writes_down_what_passes(upstream: tuple[Upstream, int]) -> None:
    server, port = upstream
    async with Proxy(port, Random(1), 0.0) as proxy:
        assert await ask(proxy, 3) == [ANSWER] * 3
    assert server.seen == [REQUEST] * 3
    assert [(one.fate, one.request, one.answer) for one in proxy.exchanges] == [(ANSWERED, REQUEST, ANSWER)] * 3


async def test_a_lost_request_never_reaches_the_server_and_a_lost_answer_not_the_phone(
    upstream: tuple[Upstream, int],
) -> None:
    server, port = upstream
    async with Proxy(port, Random(1), 1.0) as proxy:
        for _ in range(20):
            with pytest.raises(ConnectionResetError):
                await ask(proxy)
    assert proxy.count(ANSWERED) == 0
    assert 0 < proxy.count(ANSWER_LOST) == len(server.seen) < 20
    assert {one.answer for one in proxy.exchanges if one.fate == ANSWER_LOST} == {ANSWER}
    assert {one.answer for one in proxy.exchanges if one.fate == REQUEST_LOST} == {b""}


async def test_offline_nobody_gets_through(upstream: tuple[Upstream, int]) -> None:
    server, port = upstream
    async with Proxy(port, Random(1), 0.0) as proxy:
        proxy.online = False
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await ask(proxy)
        assert proxy.refused == 1
        proxy.online = True
        assert await ask(proxy) == [ANSWER]
    assert len(server.seen) == 1


async def test_connections_that_were_open_are_cut(upstream: tuple[Upstream, int]) -> None:
    _, port = upstream
    async with Proxy(port, Random(1), 0.0) as proxy:
        host, _, number = proxy.address.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(number))
        writer.write(REQUEST)
        assert await read_message(reader) == ANSWER
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.transport.abort()


async def test_a_message_in_chunks_is_refused_rather_than_cut_short() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    with pytest.raises(ValueError, match="chunks"):
        await read_message(reader)
