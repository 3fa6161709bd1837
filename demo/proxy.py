"""A proxy between the phones and the server that writes down all traffic and breaks connections on purpose."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Self

LARGEST_HEAD = 65_536
ANSWERED, REQUEST_LOST, ANSWER_LOST = "answered", "request lost", "answer lost"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as the phone sent it, and the answer of the server; `answer` is empty if the request was lost."""

    fate: str
    request: bytes
    answer: bytes


class Proxy:
    """Listens on a free port of this machine; its `address` is the programme's.

    `loss`: share of requests whose connection is reset, in equal parts before the server got the request, and after
    it answered, before the phone got the answer. While `online` is False every connection is reset at once.
    """

    def __init__(self, upstream: int, random: Random, loss: float) -> None:
        self.upstream = upstream
        self.random = random
        self.loss = loss
        self.online = True
        self.exchanges: list[Exchange] = []
        self.refused = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST_HEAD)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()
            await asyncio.gather(*self._tasks)

    @property
    def address(self) -> str:
        if self._server is None:
            raise RuntimeError("the proxy does not listen")
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def count(self, fate: str) -> int:
        """How many requests met this fate."""
        return sum(one.fate == fate for one in self.exchanges)

    def cut(self) -> None:
        """Reset every connection."""
        for writer in list(self._open):
            reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a phone, with one to the server behind it."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._open.add(writer)
        try:
            if not self.online:
                self.refused += 1
                return
            behind_reader, behind = await asyncio.open_connection("127.0.0.1", self.upstream, limit=LARGEST_HEAD)
            self._open.add(behind)
            try:
                while await self._relay(reader, writer, behind_reader, behind):
                    pass
            finally:
                self._close(behind)
        except (asyncio.IncompleteReadError, ConnectionError):
            # Either side hung up.
            pass
        finally:
            self._close(writer)

    def _close(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        reset(writer)

    async def _relay(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        behind_reader: asyncio.StreamReader,
        behind: asyncio.StreamWriter,
    ) -> bool:
        """One request and its answer; False if the connection is to be reset."""
        request = await read_message(reader)
        fate = self._draw()
        if fate == REQUEST_LOST:
            self.exchanges.append(Exchange(fate, request, b""))
            return False
        behind.write(request)
        answer = await read_message(behind_reader)
        self.exchanges.append(Exchange(fate, request, answer))
        if fate == ANSWER_LOST:
            return False
        writer.write(answer)
        await writer.drain()
        return self.online

    def _draw(self) -> str:
        if not self.online:
            return REQUEST_LOST
        if self.random.random() >= self.loss:
            return ANSWERED
        return self.random.choice((REQUEST_LOST, ANSWER_LOST))


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP/1.1 request or answer, head and body. Raises IncompleteReadError, ValueError if it is in chunks."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            raise ValueError("a message in chunks, which neither side of this proxy sends")
    return head + await reader.readexactly(length)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the other side sees a reset, and not an end."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        # The socket may be gone already.
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
