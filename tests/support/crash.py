"""A phone whose process dies after its n-th step: a request that reached the server, or a commit of its own.

Nothing durable changes between two steps, so to die after each of them is to die everywhere.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import httpx
import orjson

from crypto.public.base64url import unb64
from crypto.public.ids import leaf
from device.phone import Phone
from device.vault import Vault
from sync.log import Header
from tests.support.hall import Hall

Number = tuple[bytes, bytes, int]
"""log, device, sequence"""


class Crash(Exception):
    """The process is gone; only files are left."""


class Crasher:
    """Watches one phone. `signed`: every leaf that was durable, or left the phone, under each of its numbers."""

    def __init__(self, hall: Hall, phone: Phone) -> None:
        self.hall = hall
        self.directory = phone.vault.directory
        self.steps = 0
        self.at = 0
        self.signed: dict[Number, set[bytes]] = {}

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Crash

    @contextmanager
    def watching(self) -> Iterator[None]:
        write: Callable[..., Any] = Vault.write

        @contextmanager
        def watched(vault: Vault, **options: bool) -> Iterator[Any]:
            mine = vault.directory == self.directory
            with write(vault, **options) as connection:
                yield connection
            if mine:
                for header, signature in vault.read().execute("SELECT header, signature FROM outbox").fetchall():
                    self.note(header, signature)
                self.step()

        def before(request: httpx.Request) -> str:
            if request.content and request.url.path in ("/v1/sync", "/v1/programmes"):
                asked = orjson.loads(request.content)
                sent = [entry for one in asked.get("logs", []) for entry in one.get("entries", [])]
                for entry in [*sent, *([asked["entry"]] if "entry" in asked else [])]:
                    self.note(unb64(entry["header"]), unb64(entry["signature"]))
            return ""

        def after(_: httpx.Request, response: httpx.Response) -> httpx.Response:
            self.step()
            return response

        self.hall.wire.lose, self.hall.wire.tamper = before, after
        with patch.object(Vault, "write", watched):
            yield
        self.hall.wire.be_honest()

    def note(self, raw: bytes, signature: bytes) -> None:
        header = Header.decode(raw)
        number = header.log, header.device, header.sequence
        self.signed.setdefault(number, set()).add(leaf(raw, signature))

    def check_numbers(self) -> None:
        """No number was signed twice, over all lives of the phone."""
        assert all(len(leaves) == 1 for leaves in self.signed.values())
