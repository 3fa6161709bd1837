"""Vectors of signed answers, of proofs for sessions, and of tickets."""

from dataclasses import replace
from typing import Any

from crypto.public.base64url import b64
from crypto.public.encoding import encode
from crypto.public.signing import SigningKey
from sync.answer import Answer, Standing
from sync.log import ZERO, Cursor
from sync.session import session_message
from sync.ticket import KINDS, Ticket
from tests.vectors.seeded import seeded
from tests.vectors.vector import Lists, Vector, vector

ORIGIN = "https://hallway.example"


def answers() -> list[Vector]:
    draw = seeded("answers")
    key, other = SigningKey.generate(draw), SigningKey.generate(draw)
    standings = [
        Standing(draw(32), Cursor(position, draw(32)), Cursor(position + 4, draw(32)), known=True)
        for position in range(3)
    ]
    unknown = replace(standings[2], known=False)
    honest = Answer(draw(32), draw(32), 20_779, standings)
    accepted = {
        "three logs": honest,
        "one log": replace(honest, logs=standings[:1]),
        "nothing new": replace(honest, logs=[replace(standings[0], head=standings[0].asked)]),
        "behind": replace(honest, logs=[unknown]),
    }
    first = standings[0]
    slips: dict[str, Answer] = {
        "another programme": replace(honest, programme=ZERO),
        "another challenge": replace(honest, challenge=ZERO),
        "the day after": replace(honest, day=20_780),
        "a log less": replace(honest, logs=standings[:2]),
        "another order": replace(honest, logs=standings[::-1]),
        "another log": replace(honest, logs=[replace(first, log=ZERO), *standings[1:]]),
        "another cursor": replace(honest, logs=[replace(first, asked=Cursor(0, ZERO)), *standings[1:]]),
        "another position": replace(honest, logs=[replace(first, head=Cursor(5, first.head.head)), *standings[1:]]),
        "another head": replace(honest, logs=[replace(first, head=Cursor(4, ZERO)), *standings[1:]]),
        "asked and head swapped": replace(
            honest, logs=[replace(first, asked=first.head, head=first.asked), *standings[1:]]
        ),
        "not known": replace(honest, logs=[replace(first, known=False), *standings[1:]]),
    }
    good = honest.sign(key)
    vectors = [_answer(name, "ok", answer, key.public, answer.sign(key)) for name, answer in accepted.items()]
    vectors += [_answer(name, "signature-invalid", slip, key.public, good) for name, slip in slips.items()]
    return [
        *vectors,
        _answer("by another key", "signature-invalid", honest, key.public, honest.sign(other)),
        _answer("for a session", "signature-invalid", honest, key.public, key.sign("session", honest.message())),
        _answer("under a key of small order", "key-refused", honest, bytes(32), good),
    ]


def _answer(name: str, expect: str, answer: Answer, key: bytes, signature: bytes) -> Vector:
    logs = [
        {"log": one.log, "asked": one.asked.as_array(), "head": one.head.as_array(), "known": one.known}
        for one in answer.logs
    ]
    fields: dict[str, Any] = {"programme": answer.programme, "challenge": answer.challenge, "day": answer.day}
    told = {"message": answer.message()} if expect == "ok" else {}
    return vector(name, expect, "", server_key=key, **fields, logs=logs, **told, signature=signature)


def sessions() -> list[Vector]:
    draw = seeded("sessions")
    key, other = SigningKey.generate(draw), SigningKey.generate(draw)
    challenge, principal = draw(48), draw(32)
    message = session_message(ORIGIN, challenge, principal)
    proof = key.sign("session", message)

    def session(name: str, expect: str, comment: str = "", **different: Any) -> Vector:
        fields: dict[str, Any] = {
            "key": key.public,
            "origin": ORIGIN,
            "challenge": challenge,
            "principal": principal,
            "signature": proof,
        }
        return vector(name, expect, comment, **{**fields, **different})

    return [
        session("a session", "ok", message=message),
        session("another origin", "signature-invalid", "relayed to another server", origin="https://evil.example"),
        session("another scheme", "signature-invalid", origin="http://hallway.example"),
        session("origin with a slash", "signature-invalid", origin=ORIGIN + "/"),
        session("another challenge", "signature-invalid", challenge=draw(48)),
        session("another principal", "signature-invalid", principal=draw(32)),
        session("by another key", "signature-invalid", signature=other.sign("session", message)),
        session("without a context", "signature-invalid", signature=key.sign("entry", message)),
        session("key of small order", "key-refused", key=bytes(32)),
    ]


def tickets() -> list[Vector]:
    draw = seeded("tickets")
    key, secret = draw(32), draw(16)
    addresses = [ORIGIN, "http://127.0.0.1:8000", "https://[::1]:8443", "https://h-1.example:443"]
    vectors = [
        _ticket(f"{kind} at {address}", Ticket(kind, address, key, secret))
        for kind, address in zip(KINDS, addresses, strict=True)
    ]
    good = Ticket("member", ORIGIN, key, secret).to_text()
    clear, data = good.split("#")

    def text_of(*values: Any) -> str:
        return f"{clear}#{b64(encode(list(values)))}"

    slips = {
        "empty": "",
        "clear part alone": clear,
        "data alone": data,
        "cut": good[:-1],
        "one character more": good + "A",
        "padded": good + "=",
        "two marks": good.replace("#", "##"),
        "kind changed": good.replace("/member", "/lead"),
        "kind unknown": good.replace("/member", "/recovery"),
        "address changed": good.replace("hallway.example", "evil.example"),
        "scheme changed": good.replace("https", "http"),
        "port added": good.replace("hallway.example", "hallway.example:8443"),
        "path added": good.replace("/member", "/x/member"),
        "user added": good.replace("//", "//u@"),
        "kind in the data": text_of(1, "lead", ORIGIN, key, secret),
        "address in the data": text_of(1, "member", "https://evil.example", key, secret),
        "another scheme in both parts": Ticket("member", "ftp://hallway.example", key, secret).to_text(),
        "path in both parts": Ticket("member", ORIGIN + "/x", key, secret).to_text(),
        "user in both parts": Ticket("member", "https://u@hallway.example", key, secret).to_text(),
        "version 2": text_of(2, "member", ORIGIN, key, secret),
        "short key": text_of(1, "member", ORIGIN, key[:31], secret),
        "long secret": text_of(1, "member", ORIGIN, key, secret + b"\0"),
        "an element less": text_of(1, "member", ORIGIN, key),
        "an element more": text_of(1, "member", ORIGIN, key, secret, 0),
        "data not canonical": clear + "#" + b64(b"\x98\x05" + encode([1, "member", ORIGIN, key, secret])[1:]),
    }
    return vectors + [vector(name, "ticket-wrong", "", text=text) for name, text in slips.items()]


def _ticket(name: str, ticket: Ticket) -> Vector:
    fields = {"kind": ticket.kind, "address": ticket.address, "server_key": ticket.server_key, "secret": ticket.secret}
    return vector(name, "ok", "", text=ticket.to_text(), **fields)


LISTS: Lists = {"answer": answers, "session": sessions, "ticket": tickets}
