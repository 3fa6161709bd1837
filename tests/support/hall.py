"""A real server and real phones in one process: the application behind ASGI, SQLite and SQLCipher files, one clock."""

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from api.app import create_app
from api.operator import founding_ticket
from api.settings import Settings
from crypto.secret.local import new_passcode_words
from device.phone import Phone

ADDRESS = "http://hall.test"
NOON = 43_200.0
START = 20_000 * 86_400 + NOON


class Hall:
    """`now` is every clock of the house; `fault`, if set, is called around each request (see `Faults`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        self.phones: list[Phone] = []
        self.passcode = new_passcode_words(os.urandom)
        self.settings = Settings(data=folder / "server", address=ADDRESS)
        self.settings.data.mkdir(parents=True)
        self.start()

    def start(self) -> None:
        self.app = create_app(self.settings, self.clock)
        self.wire = FaultyTransport(httpx.ASGITransport(self.app))
        self.client = httpx.AsyncClient(transport=self.wire, base_url=ADDRESS)

    async def stop(self) -> None:
        await self.client.aclose()
        self.app.state.services.close()

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

    def new_phone(self, name: str, clock: Callable[[], float] | None = None) -> Phone:
        phone = Phone.create(
            self.folder / name,
            self.folder / f"{name}.keystore",
            self.passcode,
            clock=clock or self.clock,
            client=self.client,
            patience=(0.0, 0.0),
        )
        self.phones.append(phone)
        return phone

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


class FaultyTransport(httpx.AsyncBaseTransport):
    """`lose` is asked before each request: "" lets it pass, "request" loses it, "answer" loses its answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.lose: Callable[[httpx.Request], str] = lambda _: ""
        self.requests: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        lost = self.lose(request)
        if lost == "request":
            raise httpx.ConnectError("lost on purpose")
        response = await self.inner.handle_async_request(request)
        if lost == "answer":
            await response.aread()
            raise httpx.ReadError("lost on purpose")
        return response
