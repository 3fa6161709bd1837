"""A plain client of the wire, and a programme on a real server: no device room, nothing hidden.

`Host` is a server with a clock that a test may move. `Tenant` is a `World` whose people send what they sign.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from api.app import create_app
from api.keyfile import server_key
from api.settings import Settings
from crypto.public.base64url import b64, unb64
from crypto.public.signing import SigningKey
from store.tokens import mint
from sync.log import Cursor, Entry
from sync.readers import WrapKey
from sync.session import session_message
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.programme import FIRST_DAY

ADDRESS = "http://hallway.test"
NOON = 43_200
JSON = {"Content-Type": "application/json"}
Json = dict[str, Any]


def cursor_json(cursor: Cursor) -> Json:
    return {"position": cursor.position, "head": b64(cursor.head)}


def entry_json(entry: Entry) -> Json:
    return {"header": b64(entry.raw_header), "body": b64(entry.body or b""), "signature": b64(entry.signature)}


def wrap_json(key: WrapKey, wrap: bytes) -> Json:
    log, epoch, reader = key
    return {"log": b64(log), "epoch": epoch, "reader": b64(reader), "wrap": b64(wrap)}


def rows_json(keys: Iterable[bytes] = (), wraps: Iterable[tuple[WrapKey, bytes]] = ()) -> Json:
    return {"keys": [b64(key) for key in keys], "wraps": [wrap_json(*wrap) for wrap in wraps]}


def log_json(log: bytes, cursor: Cursor, entries: Iterable[Entry] = (), **more: Any) -> Json:
    return {"log": b64(log), "cursor": cursor_json(cursor), "entries": [entry_json(one) for one in entries], **more}


def problem_of(response: httpx.Response) -> str:
    """The name of the problem that a response is; empty for a success."""
    if response.is_success:
        return ""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document = response.json()
    assert document["status"] == response.status_code
    assert {"type", "title", "status", "detail", "next"} <= document.keys()
    return str(document["type"].removeprefix("urn:hallway:problem:"))


@dataclass
class Client:
    """`http` leads to a server; `address` is the origin that principals sign."""

    http: httpx.AsyncClient
    address: str

    async def post(self, path: str, value: object, token: str = "") -> httpx.Response:
        return await self.http.post(path, json=value, headers=authorized(token))

    async def get(self, path: str, token: str = "") -> httpx.Response:
        return await self.http.get(path, headers=authorized(token))

    async def proof(self, principal: bytes, key: SigningKey) -> Json:
        """The body that opens a session."""
        challenge = unb64((await self.http.post("/v1/challenges")).json()["challenge"], 48)
        signature = key.sign("session", session_message(self.address, challenge, principal))
        return {"principal": b64(principal), "challenge": b64(challenge), "signature": b64(signature)}

    async def open(self, principal: bytes, key: SigningKey) -> str:
        """A session token."""
        response = await self.post("/v1/sessions", await self.proof(principal, key))
        assert response.status_code == 200, response.text
        return str(response.json()["token"])


def authorized(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


class Host:
    """A real server behind ASGI, on files of its own; `database`: its PostgreSQL address, if it is not SQLite."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.now = float(FIRST_DAY * 86_400 + NOON)
        self.settings = Settings(data=folder / "server", database=database, address=ADDRESS)
        self.key = server_key(self.settings.key_path, os.urandom)
        self.start()

    def start(self) -> None:
        self.app = create_app(self.settings, lambda: self.now)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.client = Client(httpx.AsyncClient(transport=transport, base_url=ADDRESS), ADDRESS)

    async def stop(self) -> None:
        await self.client.http.aclose()
        self.app.state.services.close()

    async def restart(self) -> None:
        await self.stop()
        self.start()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def token(self) -> bytes:
        return mint(self.settings.place, os.urandom)

    async def found(self, seed: int = 0) -> "Tenant":
        """A founded programme."""
        tenant = Tenant(self.client, World.found(seed, server=self.key, address=ADDRESS))
        response = await tenant.found(self.token())
        assert response.status_code == 200, response.text
        return tenant


@dataclass
class Tenant:
    """A programme: what its people sign stands in `world`, what they send goes to the server."""

    client: Client
    world: World
    tokens: dict[bytes, str] = field(default_factory=dict)

    async def found(self, token: bytes, **changed: Any) -> httpx.Response:
        return await self.client.post("/v1/programmes", self.founding(token) | changed)

    def founding(self, token: bytes) -> Json:
        first = self.world.entries[0]
        # The rows of the very first statement, whatever the world has come to since.
        start = World.wraps_for(self.at(1), [first])
        return {"token": b64(token), "entry": entry_json(first), **rows_json(self.world.keys_for([first]), start)}

    def at(self, position: int) -> World:
        """The world as it was after so many statements."""
        world = self.world
        return World(
            world.randomness,
            world.server,
            world.lead,
            world.states[: position + 1],
            world.day,
            world.entries[:position],
            world.epoch_keys,
            world.hpke_keys,
            world.spaces,
        )

    async def token_of(self, who: Phone | Pass) -> str:
        """A session of a phone or an invite, opened when first needed."""
        if who.id not in self.tokens:
            key = who.signing if isinstance(who, Phone) else who.keys.signing
            self.tokens[who.id] = await self.client.open(who.id, key)
        return self.tokens[who.id]

    async def sync(self, who: Phone | Pass, *logs: Json, **more: Any) -> httpx.Response:
        """One sync request, as given."""
        request = {"challenge": b64(os.urandom(32)), "logs": list(logs), **more}
        return await self.client.post("/v1/sync", request, await self.token_of(who))

    async def push(self, who: Phone | Pass, *entries: Entry, rows: Json | None = None) -> httpx.Response:
        """Push entries that the world has landed, each log under its start, with the rows they call for."""
        by_log: dict[bytes, list[Entry]] = {}
        for entry in entries:
            by_log.setdefault(entry.header.log, []).append(entry)
        logs = [log_json(log, self.start_of(log), pushed) for log, pushed in by_log.items()]
        return await self.sync(who, *logs, **(self.rows_for(entries) if rows is None else rows))

    def rows_for(self, entries: Sequence[Entry]) -> Json:
        return rows_json(self.world.keys_for(entries), self.world.wraps_for(entries))

    def start_of(self, log: bytes) -> Cursor:
        """The cursor of a client that has nothing of a log."""
        if log == self.world.programme:
            return self.world.states[0].chain.cursor
        return Cursor(0, self.world.space(log).heads[0])

    async def pull(self, who: Phone | Pass, *logs: bytes, **more: Any) -> list[Json]:
        """Everything of these logs (default: the roster)."""
        asked = [log_json(log, self.start_of(log), own=True) for log in logs or (self.world.programme,)]
        response = await self.sync(who, *asked, budget=8_388_608, **more)
        assert response.status_code == 200, response.text
        return list(response.json()["logs"])
