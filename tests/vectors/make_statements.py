"""Vectors of the bodies of statements, and of what is signed of them besides the header."""

from dataclasses import fields
from typing import Any

from crypto.public.encoding import decode
from sync.statement import Statement
from sync.statements import Invite, Join, decode_statement
from tests.sync.arrays import STATEMENTS, Array
from tests.vectors.arrays import other_spellings, wrong_elements
from tests.vectors.counting import counting
from tests.vectors.programme import Programme, programme
from tests.vectors.vector import Lists, Vector, vector


def statements() -> list[Vector]:
    """`elements`: the array; `signed`: message, key and signature of each further signature in the body."""
    vectors: list[Vector] = []
    first: dict[str, Statement] = {}
    told = [
        (story, mark, *step, entry)
        for story, mark in ((programme(), ""), (counting(), "counting: "))
        for step, entry in zip(story.steps, story.world.entries, strict=True)
    ]
    for story, mark, name, comment, entry in told:
        statement = decode_statement(entry.header.kind, entry.check_body())
        first.setdefault(statement.kind, statement)
        signed = _signed(story, statement, entry.header.seen)
        vectors.append(
            vector(
                mark + name,
                "ok",
                comment,
                kind=statement.kind,
                body=entry.body,
                elements=decode(entry.check_body()),
                programme=story.world.programme,
                seen=entry.header.seen.as_array(),
                signed=signed,
            )
        )
    for kind, spec in STATEMENTS.items():
        vectors += _wrong(kind, spec, first[kind])
    body = first["announce"].encode()
    vectors += [
        vector(f"no kind: {kind!r}", "entry-malformed", "", kind=kind, body=body)
        for kind in ("", "sealed", "witness", "erase", "Announce", "announce ", "announcement")
    ]
    return vectors


def _wrong(kind: str, spec: Array, honest: Statement) -> list[Vector]:
    names = [item.name for item in fields(honest)]
    raw = honest.encode()
    values: Any = decode(raw)
    return [
        vector(f"{kind}, {name}", "entry-malformed", "", kind=kind, body=body)
        for name, body in [*wrong_elements(spec, names, values), *other_spellings(raw)]
    ]


def _signed(story: Programme, statement: Statement, seen: Any) -> list[dict[str, Any]]:
    signed = []
    if isinstance(statement, Invite):
        message = statement.counter_message(story.world.programme, seen)
        signed.append(_signature("invite", statement.signing_key, message, statement.counter_signature))
    if isinstance(statement, Join):
        key = story.world.state.invites[statement.invite].signing_key
        message = statement.join_message(story.world.programme, seen)
        signed.append(_signature("join", key, message, statement.invite_signature))
    if statement.cosigned is not None:
        key = story.world.state.invites[statement.cosigned.code].signing_key
        message = statement.cosign_message(story.world.programme, seen)
        signed.append(_signature("cosign", key, message, statement.cosigned.signature))
    return signed


def _signature(context: str, key: bytes, message: bytes, signature: bytes) -> dict[str, Any]:
    return {"context": context, "public": key, "message": message, "signature": signature}


LISTS: Lists = {"statements": statements}
