"""One HTTP request and its answer, as values that an attack may change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

Json = dict[str, Any]

Headers = tuple[tuple[bytes, bytes], ...]
JSON: Headers = ((b"content-type", b"application/json"),)

SYNC = "/v1/sync"
SESSIONS = "/v1/sessions"
WRAPS = "/v1/wraps"
KEYS = "/v1/keys"
NAMES = "/v1/names"
SLIPS = "/v1/slips"
MISSING = "/v1/missing"
REPORTS = "/v1/reports"
VERIFIERS = "/v1/verifiers"
VERIFY_KEY = "/v1/verify-key"
DECISIONS = "/v1/decisions"
ACCEPTED = "/v1/accepted"
RELEASE = "/v1/release"
SHARES = "/v1/shares"


@dataclass(frozen=True)
class Call:
    """A request. `principal`: the device or invite that asks; empty if nobody can know."""

    method: str
    path: str
    headers: Headers
    body: bytes
    principal: bytes = b""
    query: bytes = b""

    @property
    def json(self) -> Json:
        """Of a request that the honest server took; {} without a body."""
        return orjson.loads(self.body) if self.body else {}

    def asking(self, asked: Json) -> "Call":
        return replace(self, body=orjson.dumps(asked))


@dataclass(frozen=True)
class Reply:
    """An answer; `lost`: the connection ends before it arrives."""

    status: int
    body: bytes
    headers: Headers = JSON
    lost: bool = False

    @property
    def json(self) -> Json:
        answer: Json = orjson.loads(self.body)
        return answer

    def saying(self, answer: Json) -> "Reply":
        return replace(self, body=orjson.dumps(answer))


Forward = Callable[[Call], Awaitable[Reply]]
"""What answers a call in the end: the next trick, or the honest server."""

Trick = Callable[[Call, Forward], Awaitable[Reply]]
"""What the dishonest server does with a call: change it, its answer, or both, or answer by itself."""
