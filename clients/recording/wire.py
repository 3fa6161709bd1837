"""A real server on a real socket, and what passes over it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.app import create_app
from api.server import Server, config
from api.settings import Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Call:
    """One request and its answer, as JSON; None where there is no body. `token`: of the session, or empty."""

    method: str
    path: str
    token: str
    request: Any
    status: int
    answer: Any


class Recorder:
    """An ASGI application that keeps what it hands on to another one."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner
        self.calls: list[Call] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        asked, answered, status = bytearray(), bytearray(), 0

        async def listen() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def speak(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answered.extend(message.get("body", b""))
            await send(message)

        await self.inner(scope, listen, speak)
        if scope["type"] == "http":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            token = headers.get("authorization", "").removeprefix("Bearer ")
            path = scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
            self.calls.append(Call(scope["method"], path, token, _json(asked), status, _json(answered)))

    def take(self) -> list[Call]:
        """What was kept since the last time."""
        calls, self.calls = self.calls, []
        return calls


def _json(body: bytearray) -> Any:
    return json.loads(body) if body else None


@asynccontextmanager
async def listening(folder: Path, clock: Callable[[], float]) -> AsyncIterator[tuple[Settings, Recorder]]:
    """A server in this process, on the loopback interface, until the block ends."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = int(listener.getsockname()[1])
        settings = Settings(data=folder, address=f"http://{LOOPBACK}:{port}", host=LOOPBACK, port=port)
        app = create_app(settings, clock)
        recorder = Recorder(app)
        ready = asyncio.Event()
        wanted = config(app, settings)
        wanted.app = recorder
        server = Server(wanted, ready.set)
        task = asyncio.create_task(server.serve([listener]))
        try:
            await ready.wait()
            yield settings, recorder
        finally:
            server.should_exit = True
            await task
            app.state.services.close()
