"""The other way: the client seals and signs in the name of a phone; the server and the other phones must accept it."""

import os
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

from conformance.cases import Question
from conformance.ceremonies.story import Story
from conformance.hearing import Hearing
from conformance.judging import Answer, Fault, fault, same
from conformance.reference import shown
from conformance.reference.logs import header_shown
from conformance.reference.operations import answer
from conformance.reference.shown import in_hex
from conformance.report import CEREMONY
from conformance.table import Json, Object
from crypto.public.ids import body_hash
from crypto.secret.body import SALT_SIZE
from device import outbox
from device.exchange import wire_entry
from device.keyring import held_key
from device.phone import Phone
from device.transport import ServerProblem
from schemas import wire
from sync.device.author import Place
from sync.device.changes import Change, Content, Group
from sync.log import Cursor, Entry, Header
from sync.session import session_message
from sync.space import SEALED
from sync.statements import Announce

NAME = CEREMONY + "writing"
Result = TypeVar("Result")


class Spoilt(Exception):
    """The client was wrong, and nothing can be made of it."""


class Pen:
    """The client's hand. Everything it makes is a case; what it made wrong is not sent."""

    def __init__(self, hearing: Hearing, phone: Phone) -> None:
        self.hearing = hearing
        self.phone = phone
        self.identity = phone.engine.identity

    async def makes(self, name: str, op: str, given: Object) -> Object:
        """What comes out. Raises Spoilt, NotStarted."""
        asked = in_hex(given)
        question = Question(op, asked, answer(op, asked)["out"])
        said = await self.hearing.answer(question)
        found = fault(question, said) if isinstance(said, Answer) else Fault(op, {"out": question.out}, said)
        self.hearing.note(name, found)
        if found is not None or not isinstance(said, Answer):
            raise Spoilt
        return said.out

    async def sign(self, context: str, data: bytes) -> bytes:
        given = {"seed": self.identity.signing.seed, "context": context, "data": data}
        out = await self.makes(f"signature of context {context}", "signatures/sign", given)
        return bytes.fromhex(out["signature"])

    async def entry(self, header: Header, body: bytes) -> Entry:
        whole = replace(header, body_hash=body_hash(body))
        out = await self.makes(f"header of kind {header.kind}", "header/encode", {"fields": header_shown(whole)})
        raw = bytes.fromhex(out["header"])
        return Entry(raw, await self.sign("entry", raw), body)

    async def sealed(self, place: Place, content: Content) -> Entry:
        roster = self.phone.engine.roster
        epoch = roster.spaces[place.log].epoch
        key, header = held_key(self.phone.vault.read(), roster, place.log, epoch), place.header(SEALED, epoch)
        out = await self.makes("content", "content/encode", {"content": shown.content(content)})
        given = {"key": key, "salt": os.urandom(SALT_SIZE), "header_fields": header.sealing_fields()}
        body = await self.makes("sealed body", "bodies/seal", given | {"plaintext": out["plaintext"]})
        return await self.entry(header, bytes.fromhex(body["body"]))

    async def stated(self, place: Place, statement: Announce) -> Entry:
        value = {"array": [{"int": str(statement.day)}, {"int": str(statement.rules)}, {"array": []}]}
        out = await self.makes("statement", "encoding/encode", {"value": value})
        return await self.entry(place.header(statement.kind, 0), bytes.fromhex(out["encoded"]))

    async def session(self) -> bytes:
        transport = self.phone.engine.transport
        challenge = await transport.challenge()
        signature = await self.sign("session", session_message(transport.address, challenge, self.identity.device))
        request = wire.SessionRequest(principal=self.identity.device, challenge=challenge, signature=signature)
        return (await self.accepted("the server opens the session", transport.open_session(request))).token

    async def accepted(self, name: str, call: Awaitable[Result]) -> Result:
        """Raises Spoilt."""
        try:
            result = await call
        except ServerProblem as problem:
            self.hearing.note(name, Fault("", "accepted", {"problem": problem.name, "detail": problem.detail}))
            raise Spoilt from None
        self.hearing.note(name, None)
        return result

    def holds(self, name: str, expected: Json, came: Json) -> None:
        self.hearing.note(name, None if same(expected, came) else Fault("", expected, came))


async def write(hearing: Hearing, story: Story) -> bool:
    """Whether the server took what the client wrote with the second phone, which must not write by itself then.

    Raises NotStarted.
    """
    hearing.begin(NAME)
    try:
        await _write(Pen(hearing, story.second), story)
    except Spoilt:
        hearing.note("what was made is read by others", Fault("", "accepted", "not tried: what was made is wrong"))
        return False
    finally:
        hearing.end()
    return True


async def _write(pen: Pen, story: Story) -> None:
    engine, connection = story.second.engine, story.second.vault.read()
    programme, personal = pen.identity.programme, engine.writer.personal
    held = story.second.records.get(story.records[1])
    record, fields = os.urandom(16), held.fields | {"zone_before": "yellow"}
    place = engine.writer.place(connection, personal)
    change = Change(record, held.type, held.version, deleted=False, fields=fields, removed=())
    group = Group(None, outbox.next_stamp(connection, personal), place.seen.position, (change,))
    sealed = await pen.sealed(place, Content(int(story.now), (group,)))
    day = int(story.now // 86_400)
    stated = await pen.stated(engine.writer.place(connection, programme), Announce(day, 1))
    await _keys(pen, story)

    def part(log: bytes, entry: Entry) -> wire.LogRequest:
        cursor: Cursor = engine.ledger.chain(programme, log).cursor
        asked = wire.Cursor(position=cursor.position, head=cursor.head)
        return wire.LogRequest(log=log, cursor=asked, entries=[wire_entry(entry)])

    token = await pen.session()
    request = wire.SyncRequest(challenge=os.urandom(32), logs=[part(programme, stated), part(personal, sealed)])
    await pen.accepted("the server takes both entries", engine.transport.sync(request, token))
    await story.ben.sync()
    await story.ada.sync()
    told = next((one.fields for one in story.ben.records.list() if one.id == record), {})
    pen.holds("another phone shows the record", shown.typed(fields), shown.typed(told))
    leaf, author = stated.leaf, story.ada.engine.roster.chain.author(pen.identity.device)
    pen.holds("another person's phone has the statement", leaf.hex(), author.leaf.hex())


async def _keys(pen: Pen, story: Story) -> None:
    """Keys sealed to others, and secrets as people hand them on."""
    engine, reader = story.second.engine, story.ben.engine.identity
    log, roster = engine.writer.personal, engine.roster
    key = held_key(story.second.vault.read(), roster, log, roster.spaces[log].epoch)
    given = {"programme": pen.identity.programme, "log": log, "epoch": roster.spaces[log].epoch, "key": key}
    given |= {"seed": reader.hpke.seed, "reader": reader.device, "eseed": os.urandom(64)}
    await pen.makes("wrap for another phone", "wraps/seal", given)
    previous = {"new_key": os.urandom(32), "new_epoch": 2, "log": log, "key": key, "previous_epoch": 1}
    await pen.makes("the key before a new one", "previous-keys/seal", previous)
    secret = os.urandom(16)
    ticket = {"kind": "link", "address": engine.transport.address, "server_key": roster.server_key, "secret": secret}
    await pen.makes("ticket", "ticket/write", ticket)
    await pen.makes("code on paper", "codes/print", {"secret": secret})
