"""The server's signed answers, taken apart and signed again: a dishonest server holds the server's key."""

from typing import Any

from crypto.public.base64url import b64, unb64
from crypto.public.signing import SigningKey
from schemas.problems import PROBLEMS, document
from sync.answer import Answer, Standing
from sync.log import Cursor

Json = dict[str, Any]


def cursor(raw: Json) -> Cursor:
    return Cursor(raw["position"], unb64(raw["head"]))


def part(answer: Json, log: bytes) -> Json:
    """What an answer, or a request, says of one log."""
    return next(one for one in answer["logs"] if one["log"] == b64(log))


def sign(key: SigningKey, programme: bytes, asked: Json, answer: Json) -> None:
    """Put the signature of `key` under an answer, whatever it says."""
    cursors = {one["log"]: cursor(one["cursor"]) for one in asked["logs"]}
    standings = [
        Standing(unb64(one["log"]), cursors[one["log"]], cursor(one["head"]), one["known"])
        for one in answer["logs"]
        if one["log"] in cursors
    ]
    signed = Answer(programme, unb64(asked["challenge"]), answer["day"], standings)
    answer["signature"] = b64(signed.sign(key))


def refusal(name: str, **members: Any) -> tuple[int, Json]:
    """Status and problem document of a problem of page 8."""
    values = {key: b64(value) if isinstance(value, bytes) else value for key, value in members.items()}
    return PROBLEMS[name].status, document(name, "", values)
