"""docs/protocol/example.md: founding, joining, one sealed entry and the sync that carries it, in every byte."""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from conformance.reference.shown import in_hex
from crypto.public.base64url import b64
from crypto.public.encoding import decode
from crypto.public.hashing import hkdf
from crypto.secret.epoch import inbox_key
from crypto.secret.hpke import HpkeKey
from sync.answer import Answer, Standing
from sync.device.changes import Change, Content, Group, encode_content
from sync.log import Cursor, Entry
from sync.session import session_message
from sync.statements import Invite, Join, decode_statement
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.vectors.seeded import seeded

HEADER = ["suite", "log", "device", "sequence", "kind", "epoch", "body hash", "seen", "roster", "prev"]
WIDTH = 64
INTRODUCTION = """# A worked example

A lead founds a programme, invites a second lead, who joins and writes a first sealed entry. (A *member* would be
invited in the same way, after a recovery code.) Byte strings are hexadecimal, long ones broken into lines; in JSON they
are base64url. All randomness is shown, so that an implementation can follow the example from its seeds on. Wraps are
left out of the requests: HPKE draws randomness of its own, see `tests/vectors/wraps.json`.

This page is written by `make vectors` from the code.
"""


def example() -> str:
    """The page."""
    draw = seeded("worked example")
    world = World.found(draw)
    invited = world.invite("lead")
    joiner = world.join(invited)
    parts = [INTRODUCTION, *people(world, joiner), *founding(world), *inviting(world, invited), *joining(world)]
    log = world.log("personal", joiner)
    plaintext = encode_content(account_keys(joiner, draw(16)))
    entry = world.write(joiner, log, plaintext)
    parts += [*sealing(world, plaintext, entry), *session(joiner, draw(48)), *sync(world, entry, draw)]
    parts += hpke_keys(world, joiner, invited)
    return "\n".join(parts)


def account_keys(phone: Phone, record: bytes) -> Content:
    """The first entry of every personal space: the private half of the account's member key."""
    change = Change(record, "account_keys", 1, False, {"member_key": phone.person.member.seed}, ())
    return Content(1_800_000_000, (Group(None, 1, 0, (change,)),))


def people(world: World, joiner: Phone) -> Iterator[str]:
    yield "## Seeds and keys\n"
    yield "An HPKE key is given by its seed and its hash (page 2); the public keys stand at the end of this page.\n"
    rows = {"server seed": world.server.seed, "server key": world.server.public}
    for name, phone in (("lead", world.lead), ("joiner", joiner)):
        log = world.log("personal", phone)
        rows |= {
            f"{name}: account": phone.account,
            f"{name}: device signing seed": phone.signing.seed,
            f"{name}: device signing key": phone.signing.public,
            **hpke(f"{name}: device", phone.hpke),
            f"{name}: device id": phone.id,
            **hpke(f"{name}: member key", phone.person.member),
            f"{name}: personal log": log,
            f"{name}: personal epoch key 1": world.epoch_keys[log][0],
        }
    for name in ("commons", "leads"):
        log = world.log(name)
        rows |= {f"{name}: log": log, f"{name}: epoch key 1": world.epoch_keys[log][0]}
    rows |= hpke("inbox of epoch 1", inbox_key(world.epoch_keys[world.log("leads")][0]))
    yield listed(rows)


def hpke(name: str, key: HpkeKey) -> dict[str, bytes]:
    return {f"{name}, HPKE seed": key.seed, f"{name}, HPKE hash": key.hash}


def listed(rows: dict[str, bytes]) -> str:
    return "\n".join(
        ["| what | bytes |", "|---|---|", *(f"| {name} | `{data.hex()}` |" for name, data in rows.items()), ""]
    )


def founding(world: World) -> Iterator[str]:
    yield "## Founding\n"
    yield from statement(world, 1)
    yield shown('programme = H("programme", body)', world.programme)
    yield shown('head(0) = H("genesis", programme | programme)', world.states[0].chain.head)


def inviting(world: World, invited: Pass) -> Iterator[str]:
    yield "## Inviting\n"
    yield listed(
        {
            "invite: secret": invited.secret,
            "invite: signing seed": invited.keys.signing.seed,
            "invite: signing key": invited.keys.signing.public,
            **hpke("invite", invited.keys.hpke),
            "invite: id": invited.id,
        }
    )
    entry = world.entries[1]
    told = decode_statement("invite", entry.check_body())
    if not isinstance(told, Invite):
        raise TypeError("the second statement is the invite")
    message = told.counter_message(world.programme, entry.header.seen)
    yield shown("what the counter-signature signs under the context `invite`", message)
    yield from statement(world, 2)


def joining(world: World) -> Iterator[str]:
    yield "## Joining\n"
    entry = world.entries[2]
    told = decode_statement("join", entry.check_body())
    if not isinstance(told, Join):
        raise TypeError("the third statement is the join")
    yield shown("what the invite signs under the context `join`", told.join_message(world.programme, entry.header.seen))
    yield from statement(world, 3)


def statement(world: World, position: int) -> Iterator[str]:
    """The entry at a position of the roster."""
    entry = world.entries[position - 1]
    kind = entry.header.kind
    names = [item.name.replace("_", " ") for item in fields(decode_statement(kind, entry.check_body()))]
    yield table(f"Elements of the body of `{kind}`", names, entry.check_body())
    yield shown("body", entry.check_body())
    yield from signed(entry)
    yield shown(f"head({position})", world.states[position].chain.head)


def signed(entry: Entry) -> Iterator[str]:
    yield table("Elements of the header", HEADER, entry.raw_header)
    yield shown("header", entry.raw_header)
    yield shown("signature under the context `entry`", entry.signature)
    yield shown("leaf", entry.leaf)


def sealing(world: World, plaintext: bytes, entry: Entry) -> Iterator[str]:
    space = world.space(entry.header.log)
    key, body = world.epoch_keys[entry.header.log][0], entry.check_body()
    sealing_fields = entry.header.sealing_fields()
    material = hkdf(key, "seal", sealing_fields, length=76, salt=body[:32])
    yield "## A sealed entry\n"
    yield "The joiner's first entry in its personal space holds the private half of its member key.\n"
    yield shown("head(0) of the personal log", space.heads[0])
    yield shown("plaintext", plaintext)
    yield shown("sealing fields: the header without its body hash, also the associated data", sealing_fields)
    yield listed({"salt": body[:32], "key": material[:32], "nonce": material[32:44], "commitment": material[44:]})
    yield shown("body: salt, commitment, ciphertext and tag", body)
    yield from signed(entry)
    yield shown("head(1) of the personal log", space.heads[1])


def session(joiner: Phone, challenge: bytes) -> Iterator[str]:
    origin = "https://hallway.example"
    message = session_message(origin, challenge, joiner.id)
    signature = joiner.signing.sign("session", message)
    yield "## A session\n"
    yield shown("what is signed under the context `session`", message)
    request = {"principal": b64(joiner.id), "challenge": b64(challenge), "signature": b64(signature)}
    yield json_block("`POST /v1/sessions`", request)


def sync(world: World, entry: Entry, draw: Any) -> Iterator[str]:
    """The joiner knows the whole roster and has an empty personal log."""
    log = entry.header.log
    roster, start, end = world.state.chain.cursor, Cursor(0, world.space(log).heads[0]), world.space(log).chain.cursor
    mine, next_challenge = draw(32), draw(48)
    pushed = {"header": b64(entry.raw_header), "body": b64(entry.check_body()), "signature": b64(entry.signature)}
    request = {
        "challenge": b64(mine),
        "budget": 2_097_152,
        "logs": [
            {"log": b64(world.programme), "cursor": cursor(roster), "entries": []},
            {"log": b64(log), "cursor": cursor(start), "entries": [pushed]},
        ],
    }
    standings = [Standing(world.programme, roster, roster, known=True), Standing(log, start, end, known=True)]
    answer = Answer(world.programme, mine, world.day, standings)
    nothing: dict[str, Any] = {"accepted": [], "entries": []}
    own = {"accepted": [{"sequence": 1, "position": 1}], "entries": [{"position": 1, "sequence": 1}]}
    answered = {
        "day": world.day,
        "logs": [
            {"log": b64(world.programme), "known": True, "head": cursor(roster), **nothing, "more": False},
            {"log": b64(log), "known": True, "head": cursor(end), **own, "more": False},
        ],
        "signature": b64(answer.sign(world.server)),
        "challenge": b64(next_challenge),
    }
    yield "## Sync\n"
    yield json_block("`POST /v1/sync`", request)
    yield shown("what the server signs under the context `answer`", answer.message())
    yield shown("signature", answer.sign(world.server))
    yield json_block("The answer", answered)


def hpke_keys(world: World, joiner: Phone, invited: Pass) -> Iterator[str]:
    yield "## HPKE public keys\n"
    inbox = inbox_key(world.epoch_keys[world.log("leads")][0])
    keys = {
        "lead: device": world.lead.hpke,
        "lead: member key": world.lead.person.member,
        "inbox": inbox,
        "invite": invited.keys.hpke,
        "joiner: device": joiner.hpke,
        "joiner: member key": joiner.person.member,
    }
    for name, key in keys.items():
        yield shown(name, key.public)


def cursor(value: Cursor) -> dict[str, Any]:
    return {"position": value.position, "head": b64(value.head)}


def shown(name: str, data: bytes) -> str:
    lines = [data[at : at + WIDTH].hex() for at in range(0, len(data), WIDTH)]
    return "\n".join([f"{name[0].upper()}{name[1:]} ({len(data):,} bytes):\n", *(f"    {line}" for line in lines), ""])


def table(title: str, names: list[str], raw: bytes) -> str:
    values: Any = decode(raw)
    rows = [f"| {name} | {cell(value)} |" for name, value in zip(names, values, strict=True)]
    return "\n".join([f"{title}:\n", "| element | value |", "|---|---|", *rows, ""])


def cell(value: Any) -> str:
    """Long byte strings stand in full in the encoding below the table."""
    if isinstance(value, bytes) and len(value) > 32:
        return f"{value[:28].hex()}... ({len(value)} bytes)"
    if isinstance(value, list):
        return "[" + ", ".join(short(item) for item in value) + "]"
    return str(in_hex(value)) or "(empty)"


def short(value: Any) -> str:
    return f"{value[:6].hex()}..." if isinstance(value, bytes) else str(value)


def json_block(title: str, value: Any) -> str:
    return f"{title}:\n\n```json\n{json.dumps(value, indent=1)}\n```\n"


PAGES = {"docs/protocol/example.md": example}
