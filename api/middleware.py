"""The outermost layers, as plain ASGI: bodies are bounded, and what is not foreseen says nothing to anybody."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.body import BINARY, JSON, Body, Disconnected, Flight, check_media_type
from api.defects import Defects
from api.logs import log_defect
from api.problems import problem, problem_for
from store.errors import Overloaded
from sync.errors import Refused


class Guard:
    """A defect becomes the problem `internal`, and a line in the log without the values that caused it."""

    def __init__(self, app: ASGIApp, defects: Defects) -> None:
        self._app = app
        self._defects = defects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Disconnected:
            return
        except Exception as error:
            log_defect(error)
            self._defects.note(error)
            if not started:
                await problem("internal")(scope, receive, send)


class Express:
    """Takes one address past everything that only the others need: it answers for its own body and problems."""

    def __init__(self, app: ASGIApp, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self._path and scope["method"] == "POST":
            await self._endpoint(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class BodyLimit:
    """Bounds the bodies of all addresses behind it, which are JSON but for the one at `binary`."""

    def __init__(self, app: ASGIApp, limit: int, flight: Flight, binary: str) -> None:
        self._app = app
        self._limit = limit
        self._flight = flight
        self._binary = binary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with Body(receive, self._limit, self._flight) as body:
            try:
                arrived = await body.read()
                if arrived:
                    check_media_type(scope["headers"], BINARY if scope["path"] == self._binary else JSON)
            except (Refused, Overloaded) as error:
                await problem_for(error)(scope, receive, send)
                return
            await self._app(scope, _Replay(arrived, receive), send)


class _Replay:
    """Hands out a body that has arrived, then whatever comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
