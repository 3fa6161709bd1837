"""HTTP to the server: the one file that knows httpx."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from crypto.public.base64url import b64
from schemas import wire
from schemas import wire_statistics as counted
from schemas.problems import PROBLEMS, URN
from schemas.records import Sentence
from sync.report import Submission

Client = httpx.AsyncClient
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
WHOLE_ANSWER = 300.0
"""Seconds for one request and its answer: each single byte in time would otherwise hold the phone for ever."""
LARGEST_ANSWER = 16 * 1024 * 1024
"""More than the largest budget in base64url, or than the names of all accounts that a programme may have."""
DETAIL_LENGTH = 200
PROBLEM_NAME = re.compile(r"[a-z-]{1,64}")

Model = TypeVar("Model", bound=BaseModel)


class Unreachable(Exception):
    """No answer: no network, server down, connection reset. Whether the server acted is unknown."""


class Malformed(Exception):
    """The answer is not what any Hallway server says: wrong address, a captive portal, or a hostile server."""


class ServerProblem(Exception):
    """A problem document of the server. `name` is its type without the `urn:hallway:problem:` prefix."""

    def __init__(self, name: str, status: int, detail: str, members: Mapping[str, Any]) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.status = status
        self.detail = detail
        self.members = members

    @property
    def known(self) -> str:
        """The name, to be shown to people; "unknown" for one that this version does not know.

        A name is what the server made up: words with hyphens are a letter, too.
        """
        return self.name if self.name in PROBLEMS else "unknown"


class Transport:
    """Requests to one server address. `client` may be shared by many phones of one process."""

    def __init__(self, address: str, client: httpx.AsyncClient | None = None) -> None:
        self.address = address
        self.client = client or httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)
        self.owned = client is None

    async def close(self) -> None:
        if self.owned:
            await self.client.aclose()

    async def challenge(self) -> bytes:
        return (await self._call("POST", "/v1/challenges", wire.ChallengeAnswer)).challenge

    async def open_session(self, request: wire.SessionRequest) -> wire.SessionAnswer:
        return await self._call("POST", "/v1/sessions", wire.SessionAnswer, request)

    async def found(self, request: wire.FoundingRequest) -> wire.FoundingAnswer:
        return await self._call("POST", "/v1/programmes", wire.FoundingAnswer, request)

    async def sync(self, request: wire.SyncRequest, token: bytes) -> wire.SyncAnswer:
        return await self._call("POST", "/v1/sync", wire.SyncAnswer, request, token)

    async def wraps(self, token: bytes) -> wire.WrapsAnswer:
        return await self._call("GET", "/v1/wraps", wire.WrapsAnswer, token=token)

    async def keys(self, request: wire.KeysRequest, token: bytes) -> wire.KeysAnswer:
        return await self._call("POST", "/v1/keys", wire.KeysAnswer, request, token)

    async def names(self, token: bytes) -> wire.NamesAnswer:
        return await self._call("GET", "/v1/names", wire.NamesAnswer, token=token)

    async def slips(self, token: bytes) -> wire.SlipsAnswer:
        return await self._call("GET", "/v1/slips", wire.SlipsAnswer, token=token)

    async def witness(self, token: bytes) -> wire.WitnessAnswer:
        return await self._call("GET", "/v1/witness", wire.WitnessAnswer, token=token)

    async def missing(self, token: bytes) -> wire.MissingAnswer:
        return await self._call("GET", "/v1/missing", wire.MissingAnswer, token=token)

    async def send_report(self, request: Submission, token: bytes) -> counted.ReportAnswer:
        return await self._call("POST", "/v1/reports", counted.ReportAnswer, request, token)

    async def reports(self, opening: bytes, after: bytes, token: bytes) -> counted.ReportsAnswer:
        return await self._call("GET", f"/v1/reports?{_page(opening, after)}", counted.ReportsAnswer, token=token)

    async def send_verify_key(self, request: counted.VerifyKeyRequest, token: bytes) -> counted.ProgressAnswer:
        return await self._call("POST", "/v1/verify-key", counted.ProgressAnswer, request, token)

    async def verify_key(self, opening: bytes, token: bytes) -> counted.SealedKeyAnswer:
        return await self._call("GET", f"/v1/verify-key?{_page(opening)}", counted.SealedKeyAnswer, token=token)

    async def send_verifiers(self, request: counted.VerifiersRequest, token: bytes) -> counted.ProgressAnswer:
        return await self._call("POST", "/v1/verifiers", counted.ProgressAnswer, request, token)

    async def decisions(self, opening: bytes, after: bytes, token: bytes) -> counted.DecisionsAnswer:
        return await self._call("GET", f"/v1/decisions?{_page(opening, after)}", counted.DecisionsAnswer, token=token)

    async def end_decisions(self, request: counted.EndRequest, token: bytes) -> counted.ProgressAnswer:
        return await self._call("POST", "/v1/decisions", counted.ProgressAnswer, request, token)

    async def accepted(self, opening: bytes, token: bytes) -> counted.AcceptedAnswer:
        return await self._call("GET", f"/v1/accepted?{_page(opening)}", counted.AcceptedAnswer, token=token)

    async def send_share(self, request: counted.TotalRequest, token: bytes) -> counted.StoredAnswer:
        return await self._call("POST", "/v1/shares", counted.StoredAnswer, request, token)

    async def release(self, opening: bytes, token: bytes) -> counted.ReleaseAnswer:
        return await self._call("GET", f"/v1/release?{_page(opening)}", counted.ReleaseAnswer, token=token)

    async def _call(
        self,
        method: str,
        path: str,
        answer: type[Model],
        request: BaseModel | Submission | None = None,
        token: bytes | None = None,
    ) -> Model:
        """Raises Unreachable, Malformed, ServerProblem."""
        headers = {"accept-encoding": "identity"}
        if token is not None:
            headers["authorization"] = f"Bearer {b64(token)}"
        content = None
        if isinstance(request, Submission):
            headers["content-type"], content = "application/octet-stream", request.encode()
        elif request is not None:
            headers["content-type"] = "application/json"
            content = request.model_dump_json(exclude_defaults=True).encode()
        try:
            async with asyncio.timeout(WHOLE_ANSWER):
                status, body = await self._exchange(method, path, content, headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unreachable(Sentence("why_unreachable", address=self.address, error=type(error).__name__)) from error
        if status >= 400:
            raise problem_of(status, body)
        try:
            return answer.model_validate_json(body)
        except ValidationError as error:
            faults = error.error_count()
            raise Malformed(f"{self.address} does not answer as a Hallway server ({faults} faults)") from None

    async def _exchange(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        """Status and body; what arrives is bounded, whatever the server declares."""
        body = bytearray()
        async with self.client.stream(method, self.address + path, content=content, headers=headers) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                # Packed twice, some kilobytes fill the memory in one step, before any bound is met.
                raise Malformed("the answer is compressed, as no answer of a Hallway server is")
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise Malformed("the answer is larger than any answer may be")
        return response.status_code, bytes(body)


def _page(opening: bytes, after: bytes = b"") -> str:
    return f"opening={b64(opening)}" + (f"&after={b64(after)}" if after else "")


def problem_of(status: int, body: bytes) -> Exception:
    """The problem document of an error answer, or Unreachable for a proxy's own error page."""
    try:
        document = orjson.loads(body)
        name = str(document["type"]).removeprefix(URN)
        if document["type"] != URN + name or not PROBLEM_NAME.fullmatch(name):
            raise ValueError(name)
    except (ValueError, KeyError, TypeError):
        if status >= 500:
            return Unreachable(f"something between here and the server answered {status}")
        return Malformed(f"the answer {status} is no problem document of a Hallway server")
    members = {key: value for key, value in document.items() if key not in ("type", "title", "status", "detail")}
    # It is shown to a person: no control characters for their terminal, and no room for a letter to them.
    detail = "".join(letter for letter in str(document.get("detail", "")) if letter.isprintable())
    return ServerProblem(name, status, detail[:DETAIL_LENGTH], members)
