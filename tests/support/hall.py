"""A real server and real phones in one process: the application behind ASGI, SQLite and SQLCipher files, one clock."""

import atexit
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from unittest.mock import patch

import httpx

from api.app import create_app
from api.operator import begin_restore, founding_ticket
from api.settings import Settings
from crypto.secret.local import local_key, new_passcode_words
from device import vault
from device.phone import Phone
from device.vault import Vault

ADDRESS = "http://hall.test"
NOON = 43_200.0
START = 20_000 * 86_400 + NOON
PASSCODE = new_passcode_words(os.urandom)
SERVER = "server"

remembered = cache(local_key)
"""The key that Argon2id gives, derived once for each phone and not at each opening."""


class Hall:
    """`now` is every clock of the house; `wire` carries all requests, and loses or changes what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        self.phones: list[Phone] = []
        self.settings = Settings(data=folder / SERVER, address=ADDRESS)
        self.settings.data.mkdir(parents=True, exist_ok=True)
        self.wire = FaultyTransport()
        self.client = httpx.AsyncClient(transport=self.wire, base_url=ADDRESS)
        self._derivation = patch.object(vault, "local_key", remembered)
        self._derivation.start()
        self.start()

    # The server.

    def start(self) -> None:
        self.app = create_app(self.settings, self.clock)
        self.wire.inner = httpx.ASGITransport(self.app)

    def halt(self) -> None:
        self.app.state.services.close()

    def restart(self) -> None:
        """As after an upgrade: the files stay, live sessions are forgotten."""
        self.halt()
        self.start()

    def backup(self, name: str) -> Path:
        """The server's directory as it is now; `restore` puts it in the place of the present one."""
        copy = self.folder / name
        copy.mkdir()
        path = self.settings.database_path
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy / path.name)) as target:
            source.backup(target)
        shutil.copy(self.settings.key_path, copy)
        return copy

    def restore(self, copy: Path, *, declared: bool = False) -> None:
        """`declared`: with the operator's command, as page 9 wants it."""
        self.halt()
        shutil.rmtree(self.settings.data)
        shutil.copytree(copy, self.settings.data)
        if declared:
            begin_restore(self.settings)
        self.start()

    async def stop(self) -> None:
        await self.client.aclose()
        self.halt()
        self._derivation.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for phone in self.phones:
            await phone.close()
        await self.stop()

    def clock(self) -> float:
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += days * 86_400

    # The phones.

    def new_phone(self, name: str, clock: Callable[[], float] | None = None) -> Phone:
        """An empty phone: a copy of one that was made once, which spares the test Argon2id."""
        shutil.copytree(blank_phone() / "home", self.folder / name)
        shutil.copytree(blank_phone() / "keystore", self.folder / f"{name}.keystore")
        return self.open_phone(name, clock)

    def open_phone(self, name: str, clock: Callable[[], float] | None = None) -> Phone:
        phone = Phone.open(
            self.folder / name,
            self.folder / f"{name}.keystore",
            PASSCODE,
            clock=clock or self.clock,
            client=self.client,
            patience=(0.0, 0.0),
        )
        self.phones.append(phone)
        return phone

    async def reopen(self, phone: Phone) -> Phone:
        """The same phone, started anew: what it knows is what it had stored."""
        await phone.close()
        return self.open_phone(phone.vault.directory.name, phone.clock)

    async def founded(self, name: str = "lead") -> Phone:
        """The phone of a lead who founded a programme, with a confirmed recovery code."""
        phone = self.new_phone(name)
        await phone.found(founding_ticket(self.settings), name)
        await phone.confirm_code(await phone.new_code())
        return phone

    async def joined(self, lead: Phone, name: str, role: str = "member") -> Phone:
        ticket = await lead.invite(role)
        phone = self.new_phone(name)
        phone.accept(ticket, name)
        await phone.come_in()
        return phone

    async def linked(self, phone: Phone, name: str) -> Phone:
        """A further phone of the same account."""
        second = self.new_phone(name)
        second.accept(await phone.link())
        await second.come_in()
        return second


@cache
def blank_phone() -> Path:
    made = TemporaryDirectory()
    atexit.register(made.cleanup)
    folder = Path(made.name)
    Vault.create(folder / "home", folder / "keystore", PASSCODE, os.urandom).close()
    return folder


class FaultyTransport(httpx.AsyncBaseTransport):
    """`lose` is asked before each request: "" lets it pass, "request" loses it, "answer" loses its answer.

    `rewrite` gives what reaches the server; `tamper` is given each request with its answer, and gives what arrives.
    """

    def __init__(self) -> None:
        self.inner: httpx.AsyncBaseTransport = httpx.AsyncBaseTransport()
        self.requests: list[str] = []
        self.be_honest()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        lost = self.lose(request)
        if lost == "request":
            raise httpx.ConnectError("lost on purpose")
        response = await self.inner.handle_async_request(self.rewrite(request))
        await response.aread()
        if lost == "answer":
            raise httpx.ReadError("lost on purpose")
        return self.tamper(request, response)

    def be_honest(self) -> None:
        self.lose: Callable[[httpx.Request], str] = lambda _: ""
        self.rewrite: Callable[[httpx.Request], httpx.Request] = lambda request: request
        self.tamper: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _, response: response
