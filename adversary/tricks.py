"""What a dishonest server does with calls, as small parts to put together."""

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

import orjson

from adversary.answers import Json, refusal, sign
from adversary.calls import JSON, SESSIONS, SYNC, Call, Forward, Headers, Reply, Trick
from adversary.honest import Honest
from adversary.story import Story
from crypto.public.base64url import b64
from crypto.public.signing import SigningKey

Wanted = Callable[[Call], bool]
Change = Callable[[Json, Json], None]
"""Changes an answer in place; is given the request, too."""
EVERYBODY: Collection[bytes] = ()


def at(path: str, to: Collection[bytes] = EVERYBODY) -> Wanted:
    """Calls to an address, by everybody or by these principals."""
    return lambda call: call.path == path and (not to or call.principal in to)


def fetching(path: str, to: Collection[bytes] = EVERYBODY) -> Wanted:
    """The same, where something is asked for and nothing brought."""
    return lambda call: call.method == "GET" and at(path, to)(call)


def from_(*principals: bytes) -> Wanted:
    """Calls by these principals, to whatever address."""
    return lambda call: call.principal in principals


def not_from(*principals: bytes) -> Wanted:
    """Calls by everybody else."""
    return lambda call: call.principal not in principals


def every(_: Call) -> bool:
    """All calls."""
    return True


def pushing(call: Call) -> bool:
    """Whether a call brings entries."""
    return call.path == SYNC and any(one.get("entries") for one in call.json["logs"])


def answering(wanted: Wanted, change: Change, *, times: int = 1_000_000) -> Trick:
    """Change the answers of these calls, for the first `times`. What was signed is not signed again."""
    left = times

    async def trick(call: Call, forward: Forward) -> Reply:
        nonlocal left
        reply = await forward(call)
        if not wanted(call) or reply.status != 200 or not left:
            return reply
        left -= 1
        answer = reply.json
        change(call.json, answer)
        return reply.saying(answer)

    return trick


def signing(programme: bytes, key: SigningKey, to: Collection[bytes] = EVERYBODY) -> Trick:
    """Sign every sync answer anew, as the server can; to be put before the tricks that change answers."""
    return answering(at(SYNC, to), lambda asked, answer: sign(key, programme, asked, answer))


def telling(
    server: Honest, stories: Iterable[Story], to: Collection[bytes] = EVERYBODY, *, frozen: bool = False
) -> Trick:
    """Tell of these logs what the stories say, signed, and behind it what was pushed since, unless `frozen`."""
    by_log = {b64(story.log): story for story in stories}
    programme = next(iter(by_log.values())).programme
    wanted = at(SYNC, to)

    async def trick(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        if not wanted(call) or reply.status != 200:
            return reply
        asked, answer = call.json, reply.json
        for number, one in enumerate(asked["logs"]):
            if story := by_log.get(one["log"]):
                told = story if frozen else story.followed_by(server.entries(story.log))
                accepted = answer["logs"][number]["accepted"]
                answer["logs"][number] = told.part(one, call.principal) | {"accepted": accepted}
        sign(server.key, programme, asked, answer)
        return reply.saying(answer)

    return trick


def fabricating(key: SigningKey, stories: Iterable[Story], to: Collection[bytes], day: int) -> Trick:
    """A programme that no honest server has: its sessions and answers, for these principals."""
    by_log = {b64(story.log): story for story in stories}
    programme = next(iter(by_log.values())).programme

    async def trick(call: Call, forward: Forward) -> Reply:
        if call.principal not in to:
            return await forward(call)
        if call.path != SYNC:
            reply = await forward(call)
            opened = call.path == SESSIONS and reply.status == 200
            return reply.saying(reply.json | {"programme": b64(programme)}) if opened else reply
        asked = call.json
        known = [by_log[one["log"]].part(one, call.principal) for one in asked["logs"] if one["log"] in by_log]
        answer = {"day": day, "logs": known, "challenge": b64(os.urandom(48))}
        sign(key, programme, asked, answer)
        return Reply(200, orjson.dumps(answer))

    return trick


def sending(server: Honest, wanted: Wanted) -> Trick:
    """These calls are answered by another server: with another history, under the same key."""

    async def trick(call: Call, forward: Forward) -> Reply:
        return await server.answer(call) if wanted(call) else await forward(call)

    return trick


def refusing(wanted: Wanted, name: str, *, times: int = 1_000_000, **members: Any) -> Trick:
    """Refuse these calls by a problem of page 8; none of them reaches the honest server."""
    left = times
    status, problem = refusal(name, **members)

    async def trick(call: Call, forward: Forward) -> Reply:
        nonlocal left
        if not wanted(call) or not left:
            return await forward(call)
        left -= 1
        headers = ((b"content-type", b"application/problem+json"), (b"retry-after", b"1"))
        return Reply(status, orjson.dumps(problem), headers)

    return trick


def saying(wanted: Wanted, content: bytes, status: int = 200, headers: Headers = JSON) -> Trick:
    """Answer these calls with just this; the honest server has acted all the same."""

    async def trick(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        return Reply(status, content, headers) if wanted(call) else reply

    return trick


def pretending(wanted: Wanted, answer: Json) -> Trick:
    """Answer these calls as done, of which nothing reaches the honest server."""

    async def trick(call: Call, forward: Forward) -> Reply:
        return Reply(200, orjson.dumps(answer)) if wanted(call) else await forward(call)

    return trick


def losing(wanted: Wanted, *, times: int = 1_000_000) -> Trick:
    """Let these calls be carried out, and break the connection before the answer."""
    left = times

    async def trick(call: Call, forward: Forward) -> Reply:
        nonlocal left
        reply = await forward(call)
        if not wanted(call) or not left:
            return reply
        left -= 1
        return replace(reply, lost=True)

    return trick


def swallowing(wanted: Wanted) -> Trick:
    """Break the connection of these calls, of which nothing reaches the honest server."""

    async def trick(call: Call, forward: Forward) -> Reply:
        return Reply(200, b" ", lost=True) if wanted(call) else await forward(call)

    return trick


def replaying(wanted: Wanted) -> Trick:
    """Give the first answer of these calls to all that come after it."""
    first: Reply | None = None

    async def trick(call: Call, forward: Forward) -> Reply:
        nonlocal first
        if not wanted(call):
            return await forward(call)
        if first is None:
            first = await forward(call)
        return first

    return trick


def asking(wanted: Wanted, change: Callable[[Json], None]) -> Trick:
    """Change what reaches the honest server."""

    async def trick(call: Call, forward: Forward) -> Reply:
        if not wanted(call):
            return await forward(call)
        asked = call.json
        change(asked)
        return await forward(call.asking(asked))

    return trick
