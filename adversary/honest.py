"""The honest server inside the dishonest one: the product's own application, with its database and its key."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from adversary.calls import Call, Json, Reply
from api.app import create_app
from api.operator import founding_ticket
from api.settings import Settings
from crypto.public.base64url import b64
from crypto.public.signing import SigningKey
from store.dump import tables
from store.enrolled import register
from store.entries import append
from store.mailbox.mailbox import Mailbox
from store.transaction import Transaction
from store.witness import add_log
from sync.log import Entry
from sync.roster import apply
from sync.state import RosterState
from sync.witness import WITNESS

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

    @property
    def mailbox(self) -> Mailbox:
        """Of reports; its file is not the database."""
        mailbox: Mailbox = self.app.state.services.mailbox
        return mailbox

    def copy(self, folder: Path, clock: Callable[[], float]) -> "Honest":
        """A second server over a copy of this one's files, with the same key: where histories part.

        Live sessions are forgotten, as after any restart.
        """
        self.stop()
        shutil.copytree(self.settings.data, folder / DATA)
        self.start()
        return Honest(folder, self.settings.address, clock)

    def erase_due(self) -> None:
        """What its timer does: erase all bodies that are due on its day."""
        self.app.state.services.erase_due()

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

    def slip_in(self, programme: bytes, entry: Entry) -> None:
        """Store an entry as the newest of its log without asking whether it may stand there: it is our database."""
        self.app.state.services.store._writer.submit(partial(slip_in, programme=programme, entry=entry)).result(10)

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
            "query_string": call.query,
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


def slip_in(transaction: Transaction, programme: bytes, entry: Entry) -> None:
    """The same, within a write transaction; a statement of the roster has to be one that `apply` takes."""
    header = entry.header
    state = transaction.state(programme)
    if state is None:
        raise LookupError("no such programme")
    if header.log == programme:
        roster = apply(state.roster, entry)
        transaction.set(state.with_roster(roster))
        append(transaction, programme, roster.chain, entry)
        register(transaction, state.roster, roster, [entry])
        return
    if header.kind == WITNESS:
        add_log(transaction, programme, header.log)
    chain = transaction.chain(programme, header.log, header.device).extend(entry)
    state = transaction.state(programme)
    if state is not None:
        transaction.set(state.with_chain(chain))
    append(transaction, programme, chain, entry)
