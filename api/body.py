"""Reads a request body, limited by what really arrives: a declared length is a claim."""

from collections.abc import Iterable

from starlette.types import Receive

from store.errors import Overloaded
from sync.errors import Refused

JSON, BINARY = b"application/json", b"application/octet-stream"
Headers = Iterable[tuple[bytes, bytes]]


class Disconnected(Exception):
    """The client went away before its request had arrived."""


class Flight:
    """Bytes of bodies that are being read or answered, of all requests together."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> None:
        """Raises Overloaded."""
        if size > self._left:
            raise Overloaded("too many bytes of requests are in flight")
        self._left -= size

    def release(self, size: int) -> None:
        self._left += size


class Body:
    """The body of one request; `with` gives its bytes back to `flight`."""

    def __init__(self, receive: Receive, limit: int, flight: Flight) -> None:
        self._receive = receive
        self._limit = limit
        self._flight = flight
        self._taken = 0

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *_: object) -> None:
        self._flight.release(self._taken)

    async def read(self) -> bytes:
        """All of it. Raises Refused `request-too-large`, Overloaded, Disconnected."""
        parts = []
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                raise Disconnected
            part = message.get("body", b"")
            if self._taken + len(part) > self._limit:
                raise Refused("request-too-large", f"the body has more than {self._limit} bytes", limit=self._limit)
            self._flight.take(len(part))
            self._taken += len(part)
            parts.append(part)
            if not message.get("more_body", False):
                return parts[0] if len(parts) == 1 else b"".join(parts)


def check_media_type(headers: Headers, expected: bytes = JSON) -> None:
    """Raises Refused `media-type-unsupported` unless the body is declared as this, and not packed."""
    found = {key: value for key, value in headers if key in (b"content-type", b"content-encoding")}
    media_type = found.get(b"content-type", b"").split(b";")[0].strip().lower()
    if media_type != expected or found.get(b"content-encoding", b"identity") != b"identity":
        raise Refused("media-type-unsupported", f"the body is not declared as {expected.decode()}")
