"""The load generator's HTTP: prebuilt requests over kept-alive connections, with next to no work of its own."""

import asyncio
import re
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"


class NotAnswered(Exception):
    """The server closed the connection, or answered with something else than 200; the message holds its body."""


def post(path: str, body: bytes, token: str = "") -> bytes:
    """The bytes of a request."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{authorization}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    _transport: asyncio.WriteTransport

    def __init__(self) -> None:
        self._head = b""
        self._parts: list[bytes] = []
        self._missing = -1
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int) -> Self:
        """Raises OSError."""
        self = cls()
        self._transport, _ = await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        return self

    def close(self) -> None:
        self._transport.close()

    def exchange(self, request: bytes) -> "asyncio.Future[bytes]":
        """The body of the answer. The future raises NotAnswered."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing < 0:
            self._begin()
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._finish()

    def _begin(self) -> None:
        """Once the head has arrived: how much of the body is missing behind it?"""
        arrived = b"".join(self._parts)
        head, end, body = arrived.partition(_END)
        self._parts = [body if end else arrived]
        if end:
            length = _LENGTH.search(head + b"\r\n")
            self._head, self._missing = head, int(length[1]) - len(body) if length else 0

    def _finish(self) -> None:
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        answer, self._answer, self._parts, self._missing = self._answer, None, [], -1
        if answer is None or answer.done():
            return
        if self._head.startswith(b"HTTP/1.1 200 "):
            answer.set_result(body)
        else:
            answer.set_exception(NotAnswered(body.decode("utf-8", "replace") or self._head.decode("latin-1")))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NotAnswered(f"the connection was closed ({exc})"))
