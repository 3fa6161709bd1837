"""The honest server inside the dishonest one: the product's own application, with its database and its key."""

import shutil
from collections.abc import Callable
from pathlib import Path

from api.app import create_app
from api.operator import founding_ticket
from api.settings import Settings
from adversary.calls import Call, Json, Reply
from crypto.public.base64url import b64
from crypto.public.signing import SigningKey
from store.dump import tables
from sync.log import Entry
from sync.state import RosterState

DATA = "server"


class Honest:
    """`folder`: where its directory stands; `address`: the origin that clients use."""

    def __init__(self, folder: Path, address: str, clock: Callable[[], float]) -> None:
        self.settings = Settings(data=folder / DATA, address=address)
        self.settings.data.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self.start()

    def start(self) -> None:
        self.app = create_app(self.settings, self.clock)

    def stop(self) -> None:
        self.app.state.services.close()

    @property
    def key(self) -> SigningKey:
        key: SigningKey = self.app.state.services.key
        return key

    def copy(self, folder: Path, clock: Callable[[], float]) -> "Honest":
        """A second server over a copy of this one's files, with the same key: where histories part.

        Live sessions are forgotten, as after any restart.
        """
        self.stop()
        shutil.copytree(self.settings.data, folder / DATA)
        self.start()
        return Honest(folder, self.settings.address, clock)

    def ticket(self) -> str:
        """The operator's founding ticket."""
        return founding_ticket(self.settings).to_text()

    # What it holds.

    def programmes(self) -> list[bytes]:
        return [row[0] for row in tables(self.settings.database_path)["programmes"].rows]

    def entries(self, log: bytes) -> list[Entry]:
        """All entries of a log, in the order of their positions."""
        table = tables(self.settings.database_path)["entries"]
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        mine = sorted((row for row in rows if row["log"] == log), key=lambda row: int(row["position"]))
        return [Entry(row["header"], row["signature"], row["body"]) for row in mine]

    def hpke_key(self, hash_: bytes) -> bytes:
        """The public HPKE key of a hash."""
        return next(bytes(row[2]) for row in tables(self.settings.database_path)["hpke_keys"].rows if row[1] == hash_)

    def wraps(self, reader: bytes) -> list[Json]:
        """The wraps of a reader, as `/v1/wraps` shows them."""
        table = tables(self.settings.database_path)["wraps"]
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        return [
            {"log": b64(row["log"]), "epoch": row["epoch"], "reader": b64(row["reader"]), "wrap": b64(row["wrap"])}
            for row in rows
            if row["reader"] == reader
        ]

    def roster(self, programme: bytes) -> RosterState:
        state: RosterState = self.app.state.services.store.state(programme).roster
        return state

    # What it answers.

    async def answer(self, call: Call) -> Reply:
        """One request through the application, as uvicorn would hand it in."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": call.method,
            "scheme": "http",
            "path": call.path,
            "raw_path": call.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [pair for pair in call.headers if pair[0] != b"content-length"]
            + [(b"content-length", str(len(call.body)).encode())],
            "client": None,
            "server": None,
            "state": {},
        }
        messages = [{"type": "http.request", "body": call.body, "more_body": False}]
        status, headers, body = 500, list[tuple[bytes, bytes]](), bytearray()

        async def receive() -> dict[str, object]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(str(message["status"]))
                headers.extend(message.get("headers", ()))  # type: ignore[arg-type]
            else:
                body.extend(message.get("body", b""))  # type: ignore[arg-type]

        await self.app(scope, receive, send)  # type: ignore[arg-type]
        kept = tuple((name.lower(), value) for name, value in headers if name.lower() != b"content-length")
        return Reply(status, bytes(body), kept)
