"""The dishonest server: real sockets, the honest application behind them, and the tricks in between."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import orjson
import uvicorn

from adversary.calls import SESSIONS, Call, Json, Reply, Trick
from adversary.honest import Honest
from crypto.errors import EncodingError
from crypto.public.base64url import unb64

DAY = 86_400
PIECE = 65_536

Scope = MutableMapping[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]


class Listener(uvicorn.Server):
    """In the loop of the kit, whose signals it leaves alone; `listening` is set when connections are taken."""

    def __init__(self, wanted: uvicorn.Config) -> None:
        super().__init__(wanted)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Host:
    """`calls`: every request with its answer as it crossed the wire; `opened`: principals of sessions, in their order.

    `days`: how far its clock is ahead. `deeds`: how often it did what an honest server with its database does not;
    `broken`: what failed in the kit itself.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.days = 0.0
        self.deeds = 0
        self.broken = ""
        self.calls: list[tuple[Call, Reply]] = []
        self.opened: list[bytes] = []
        self.tricks: list[Trick] = []
        self.inside: Honest | None = None
        self._principals: dict[bytes, bytes] = {}

    async def __aenter__(self) -> Self:
        config = uvicorn.Config(
            self, loop="none", http="httptools", ws="none", lifespan="off", access_log=False, log_config=None,
            log_level="critical", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._listener = Listener(config)
        self._serving = asyncio.create_task(self._listener.serve([self._socket]))
        await self._listener.listening.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.should_exit = True
        await self._serving
        self._socket.close()

    def clock(self) -> float:
        """The server's clock; clients keep the machine's, and go by the day that answers name."""
        return time.time() + self.days * DAY

    @property
    def day(self) -> int:
        return int(self.clock() // DAY)

    def open(self, folder: Path, days: float = 0.0) -> Honest:
        """Serve what stands in `folder`, honestly; its clock is ahead by `days`."""
        self.days, self.deeds, self.broken = days, 0, ""
        self.tricks, self.calls, self.opened, self._principals = [], [], [], {}
        self.inside = Honest(folder, self.address, self.clock)
        return self.inside

    @property
    def honest(self) -> Honest:
        if self.inside is None:
            raise RuntimeError("nothing is served")
        return self.inside

    def token(self, principal: bytes) -> bytes:
        """The bearer token of a principal's newest session, as its client sends it; raises StopIteration."""
        return next(token for token, owner in reversed(self._principals.items()) if owner == principal)

    async def send(self, path: str, asked: Json, token: bytes) -> int:
        """The honest server's status for a request of somebody who is no client of ours; `token` may be empty."""
        self.deeds += 1
        headers = ((b"content-type", b"application/json"), (b"authorization", b"Bearer " + token))
        return (await self.honest.answer(Call("POST", path, headers, orjson.dumps(asked)))).status

    # One request.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = self._known(await read(scope, receive))
        try:
            reply = await self._through(call, list(self.tricks))
        except Exception as error:
            # A lie that fails in the kit is no lie, and looks to the client like a network that fails.
            self.broken = self.broken or f"{type(error).__name__}: {error}"
            raise
        self.calls.append((call, reply))
        self._remember(call, reply)
        # A client may have hung up: on an answer that is too long it should.
        with contextlib.suppress(OSError):
            await write(reply, send)

    async def _through(self, call: Call, tricks: list[Trick]) -> Reply:
        if not tricks:
            return await self.honest.answer(call)
        first, *rest = tricks
        passed: list[tuple[Call, Reply]] = []

        async def forward(changed: Call) -> Reply:
            reply = await self._through(changed, rest)
            passed.append((changed, reply))
            return reply

        reply = await first(call, forward)
        self.deeds += not any(is_same(call, asked) and is_same(reply, honest) for asked, honest in passed)
        return reply

    def _known(self, call: Call) -> Call:
        """The call with its principal."""
        try:
            if call.path == SESSIONS:
                principal = unb64(orjson.loads(call.body)["principal"])
            else:
                token = dict(call.headers).get(b"authorization", b"").removeprefix(b"Bearer ")
                principal = self._principals.get(token, b"")
        except (ValueError, KeyError, TypeError, EncodingError):
            return call
        return replace(call, principal=principal)

    def _remember(self, call: Call, reply: Reply) -> None:
        if call.path == SESSIONS and reply.status == 200 and not reply.lost:
            with contextlib.suppress(ValueError, KeyError, AttributeError):
                self._principals[reply.json["token"].encode()] = call.principal
                self.opened.append(call.principal)


def is_same(one: Call | Reply, other: Call | Reply) -> bool:
    """Whether two requests, or two answers, say the same, however they write it."""
    if replace(one, body=b"") != replace(other, body=b""):
        return False
    with contextlib.suppress(ValueError):
        return one.body == other.body or bool(one.json == other.json)
    return False


async def read(scope: Scope, receive: Receive) -> Call:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = tuple(scope["headers"])
    return Call(scope["method"], scope["path"], headers, bytes(body), query=scope["query_string"])


async def write(reply: Reply, send: Send) -> None:
    headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.lost:
        # Returning before the body is whole makes uvicorn break the connection.
        return
    for start in range(0, len(reply.body), PIECE):
        await send({"type": "http.response.body", "body": reply.body[start : start + PIECE], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
