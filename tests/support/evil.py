"""A dishonest server: the real one, whose answers are changed on the way, and signed again with its own key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from adversary.answers import Json, cursor, part, refusal, sign
from adversary.calls import SYNC
from tests.support.hall import Hall

__all__ = ["SYNC", "Change", "Evil", "Json", "cursor", "part", "problem"]

Change = Callable[[Json, Json], None]
"""Changes an answer in place; is given the request, too."""


@dataclass
class Evil:
    """What the server of a hall does to the phones of one programme, until the wire is honest again."""

    hall: Hall
    programme: bytes

    def answering(self, change: Change, *, path: str = SYNC, signed: bool = True, times: int = 1_000_000) -> None:
        """Change the next `times` answers at `path` that are no problems; `signed`: and sign them as the server can."""
        left = times

        def tamper(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            nonlocal left
            if request.url.path != path or response.status_code != 200 or not left:
                return response
            left -= 1
            asked, answer = orjson.loads(request.content or b"{}"), orjson.loads(response.content)
            change(asked, answer)
            if signed and path == SYNC:
                self.sign(asked, answer)
            return httpx.Response(200, content=orjson.dumps(answer))

        self.hall.wire.tamper = tamper

    def saying(self, content: bytes, status: int = 200, *, path: str = SYNC) -> None:
        """Answer every request at `path` with these bytes; the server has acted all the same."""
        self.hall.wire.tamper = lambda request, response: (
            httpx.Response(status, content=content) if request.url.path == path else response
        )

    def refusing(self, name: str, *, path: str = SYNC, times: int = 1_000_000, **members: Any) -> None:
        """Answer requests at `path` with this problem, and let none of them reach the server."""
        left = times

        def refuse(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            nonlocal left
            if request.url.path != path or not left:
                return response
            left -= 1
            return problem(name, **members)

        self.hall.wire.tamper = refuse
        self.hall.wire.rewrite = lambda request: (
            httpx.Request("GET", request.url.copy_with(path="/v1/limits"))
            if request.url.path == path and left
            else request
        )

    def asking(self, change: Callable[[Json], None], *, path: str = SYNC) -> None:
        """Change what reaches the server."""

        def rewrite(request: httpx.Request) -> httpx.Request:
            if request.url.path != path:
                return request
            asked = orjson.loads(request.content)
            change(asked)
            headers = {key: value for key, value in request.headers.items() if key != "content-length"}
            return httpx.Request(request.method, request.url, headers=headers, content=orjson.dumps(asked))

        self.hall.wire.rewrite = rewrite

    def paging(self, budget: int) -> None:
        """As if the phone wanted few bytes at a time: everything comes in pages."""
        self.asking(lambda asked: asked.update(budget=budget))

    def sign(self, asked: Json, answer: Json) -> None:
        sign(self.hall.app.state.services.key, self.programme, asked, answer)


def problem(name: str, **members: Any) -> httpx.Response:
    status, document = refusal(name, **members)
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, headers=headers, content=orjson.dumps(document))
