"""`POST /v1/sync` as plain ASGI: every phone comes here daily, so nothing stands between bytes and answer."""

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.body import Body, check_media_type
from api.describe import BODY, PUSH, SESSION, STORAGE, problems
from api.exchange import exchange
from api.parse import parse_sync
from api.problems import HANDLED, problem_for
from api.services import Services
from api.settings import SYNC_BYTES
from store.errors import StorageFailed

PATH = "/v1/sync"

# The route is plain ASGI, so api/openapi.py writes its operation from this and the models of schemas/wire.py.
OPERATION = {
    "operationId": "sync",
    "summary": "Push and pull, all logs at once",
    "description": "One transaction for all pushes, one state for all that is pulled, and a signature on the answer.",
    "security": [{"session": []}],
}
RESPONSES = problems(*SESSION, *PUSH, *BODY, *STORAGE)


class SyncEndpoint:
    """The ASGI application of this one address."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(scope, receive)
        except HANDLED as error:
            if isinstance(error, StorageFailed):
                self._services.defects.note(error)
            await problem_for(error)(scope, receive, send)
            return
        length = str(len(answer)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        authorization = next((value for key, value in scope["headers"] if key == b"authorization"), b"")
        session = self._services.session(authorization.decode("latin-1"))
        check_media_type(scope["headers"])
        with Body(receive, SYNC_BYTES, self._services.flight) as body:
            return await exchange(self._services, session, parse_sync(await body.read()))


def route(endpoint: SyncEndpoint) -> Route:
    """Answers other methods, and makes the address known; `POST` goes to the endpoint before any routing."""
    return Route(PATH, endpoint, methods=["POST"])
