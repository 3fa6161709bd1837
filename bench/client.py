"""A client of the wire for the load generator: founds, enrols, opens sessions, prebuilds sync requests."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel

from bench.http import Connection, post
from bench.people import Phone, Programme, Rows, found
from bench.server import Server
from crypto.public.base64url import b64, unb64
from crypto.public.signing import SigningKey
from schemas import wire
from sync.log import Cursor, Entry
from sync.session import session_message

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass
class Client:
    """Who talks to one server over one connection; `tokens` are those of live sessions by principal."""

    server: Server
    connection: Connection
    tokens: dict[bytes, str] = field(default_factory=dict)

    async def call(self, path: str, request: BaseModel | None, answer: type[Answer], token: str = "") -> Answer:
        """Raises NotAnswered."""
        body = request.model_dump_json(exclude_defaults=True).encode() if request else b""
        return answer.model_validate_json(await self.connection.exchange(post(path, body, token)))

    async def found(self, token: bytes, day: int) -> Programme:
        """A new programme on the server."""
        programme, entry = found(self.server.settings.address, self.server.key.public, day)
        rows = programme.rows_for(entry)
        statement = wire.Statement(**dict(wire_entry(entry)))
        request = wire.FoundingRequest(token=token, entry=statement, keys=rows.keys, wraps=wire_wraps(rows))
        await self.call("/v1/programmes", request, wire.FoundingAnswer)
        return programme

    async def open(self, principal: bytes, key: SigningKey) -> str:
        """A session token, kept for `token`."""
        issued = await self.call("/v1/challenges", None, wire.ChallengeAnswer)
        message = session_message(self.server.settings.address, issued.challenge, principal)
        signature = key.sign("session", message)
        request = wire.SessionRequest(principal=principal, challenge=issued.challenge, signature=signature)
        answer = await self.call("/v1/sessions", request, wire.SessionAnswer)
        self.tokens[principal] = b64(answer.token)
        return self.tokens[principal]

    async def token(self, phone: Phone) -> str:
        return self.tokens.get(phone.id) or await self.open(phone.id, phone.signing)

    async def state_it(self, programme: Programme, entry: Entry, token: str) -> None:
        """Push the newest statement of a programme, with its rows."""
        rows = programme.rows_for(entry)
        log = wire.LogRequest(
            log=programme.id, cursor=wire_cursor(programme.start_of(programme.id)), entries=[wire_entry(entry)]
        )
        request = wire.SyncRequest(challenge=os.urandom(32), logs=[log], keys=rows.keys, wraps=wire_wraps(rows))
        await self.call("/v1/sync", request, wire.SyncAnswer, token)

    async def members(self, programme: Programme, count: int, phones: int = 2) -> list[list[Phone]]:
        """New members, each with so many phones."""
        lead = await self.token(programme.lead)
        if not programme.state.open_invites("recovery", account=programme.lead.account):
            # Without a second way in the programme would die with its lead's phone: the protocol demands one.
            await self.state_it(programme, programme.invite("recovery", programme.lead)[1], lead)
        invite, entry = programme.invite("member", programme.lead)
        await self.state_it(programme, entry, lead)
        token = await self.open(invite.id, invite.signing)
        made = []
        for _ in range(count):
            phone, entry = programme.join("member", invite)
            await self.state_it(programme, entry, token)
            made.append([phone, *[await self.link(programme, phone) for _ in range(phones - 1)]])
        return made

    async def link(self, programme: Programme, phone: Phone) -> Phone:
        """A further phone of the same account."""
        invite, entry = programme.invite("link", phone)
        await self.state_it(programme, entry, await self.token(phone))
        linked, entry = programme.join("link", invite, phone.account)
        await self.state_it(programme, entry, await self.open(invite.id, invite.signing))
        return linked


def sync_body(
    cursors: Iterable[tuple[bytes, Cursor]], pushed: Sequence[Entry] = (), budget: int = wire.DEFAULT_BUDGET
) -> bytes:
    """A sync request as phones write it: all logs of the phone at their cursors; `pushed` belongs to the last one."""
    logs = [wire.LogRequest(log=log, cursor=wire_cursor(cursor)) for log, cursor in cursors]
    logs[-1] = logs[-1].model_copy(update={"entries": [wire_entry(entry) for entry in pushed]})
    request = wire.SyncRequest(challenge=os.urandom(32), budget=budget, logs=logs)
    return request.model_dump_json(exclude_defaults=True).encode()


def cursors(programme: Programme, phone: Phone, own: Cursor) -> list[tuple[bytes, Cursor]]:
    """The logs of a phone that knows the whole roster, nothing being in the shared spaces; `own` in its own space."""
    known = {programme.id: programme.state.chain.cursor, programme.personal(phone): own}
    return [(log, known.get(log) or programme.start_of(log)) for log in programme.logs(phone)]


def entries_of(answer: bytes) -> list[tuple[int, Entry]]:
    """The entries of the last log of a sync answer, with their positions."""
    log: dict[str, Any] = orjson.loads(answer)["logs"][-1]
    return [
        (one["position"], Entry(unb64(one["header"]), unb64(one["signature"], 64), unb64(one["body"])))
        for one in log["entries"]
    ]


def wire_cursor(cursor: Cursor) -> wire.Cursor:
    return wire.Cursor(position=cursor.position, head=cursor.head)


def wire_entry(entry: Entry) -> wire.Entry:
    return wire.Entry(header=entry.raw_header, body=entry.body or b"", signature=entry.signature)


def wire_wraps(rows: Rows) -> list[wire.Wrap]:
    return [wire.Wrap(log=log, epoch=epoch, reader=reader, wrap=wrap) for (log, epoch, reader), wrap in rows.wraps]
