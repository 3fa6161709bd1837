"""What a server does that keeps two histories: some logs of a phone from one of them, and what fits carried across."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace

from adversary.answers import Json, refusal, sign
from adversary.calls import SESSIONS, SYNC, Call, Forward, Reply, Trick
from adversary.honest import Honest
from adversary.scene import Scene
from adversary.story import Story
from crypto.public.base64url import b64
from sync.log import Entry
from sync.witness import witness_log

AUTHORIZATION = b"authorization"
BARE: Json = {"keys": [], "wraps": [], "name": None, "taken": []}
"""Rows travel with statements where there are any, else with what is pushed to a space."""

Wanted = Callable[[Entry], bool]


def splitting(scene: Scene, other: Honest, logs: Collection[bytes], to: bytes) -> Trick:
    """The principal `to` is told of `logs` what the other server has, and of everything else the truth.

    The roster is the same for all; if the witness log is told twice, the others' witnesses are carried to where they
    fit, and those of the principal's account are not.
    """
    server, programme, apart = scene.honest, scene.programme, {b64(log) for log in logs}
    witnesses = witness_log(scene.roster)
    account = scene.account("ada")
    tokens = dict[bytes, bytes]()

    def of_others(entry: Entry) -> bool:
        author = server.roster(programme).known_device(entry.header.device)
        return author is not None and author.account != account

    async def trick(call: Call, forward: Forward) -> Reply:
        if call.principal != to or call.path not in (SESSIONS, SYNC):
            return await forward(call)
        if call.path == SESSIONS:
            here, there = await forward(call), await other.answer(call)
            if here.status == there.status == 200:
                tokens[bearer(here)] = bearer(there)
            return here
        token = dict(call.headers).get(AUTHORIZATION, b"")
        if token not in tokens:
            # A session from before the fork, which the other server does not have.
            status, problem = refusal("session-required")
            return Reply(status, b"{}", ((b"content-type", b"application/problem+json"),)).saying(problem)
        carry(server, other, programme, programme)
        if witnesses in logs:
            carry(server, other, programme, witnesses, of_others)
        return await both(call, forward, tokens[token])

    async def both(call: Call, forward: Forward, token: bytes) -> Reply:
        asked = call.json
        mine = [one for one in asked["logs"] if one["log"] not in apart]
        theirs = [one for one in asked["logs"] if one["log"] in apart]
        stated = any(one.get("entries") for one in mine if one["log"] == b64(programme))
        headers = tuple((name, token if name == AUTHORIZATION else value) for name, value in call.headers)
        parts = list[Json]()
        if theirs:
            there = await other.answer(
                replace(call, headers=headers).asking(asked | (BARE if stated else {}) | {"logs": theirs})
            )
            if there.status != 200 or not mine:
                return there
            parts += there.json["logs"]
        here = await forward(call.asking(asked | (BARE if theirs and not stated else {}) | {"logs": mine}))
        if here.status != 200:
            return here
        answer = here.json
        by_log = {one["log"]: one for one in (*answer["logs"], *parts)}
        answer["logs"] = [by_log[one["log"]] for one in asked["logs"]]
        sign(server.key, programme, asked, answer)
        return here.saying(answer)

    return trick


def forwarding(scene: Scene, other: Honest, log: bytes) -> Trick:
    """After each call, what stands in this log on one server is carried to the other, both ways, where it fits."""
    server, programme = scene.honest, scene.programme

    async def trick(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        for source, target in ((server, other), (other, server)):
            carry(source, target, programme, log)
        return reply

    return trick


def carry(source: Honest, target: Honest, programme: bytes, log: bytes, wanted: Wanted = lambda _: True) -> None:
    """Entries of a log that the target lacks, each behind the last, as long as what their authors had seen is there."""
    story = Story(programme, log, target.entries(log))
    held = {entry.leaf for entry in story.entries}
    for entry in source.entries(log):
        if entry.leaf in held or not wanted(entry):
            continue
        header = entry.header
        if header.seen.position > story.end.position or story.heads[header.seen.position] != header.seen.head:
            continue
        if header.prev not in held and header.prev != bytes(32):
            continue
        with suppress(LookupError):
            target.slip_in(programme, entry)
            held.add(entry.leaf)
            story = story.but([*story.entries, entry])


def bearer(opened: Reply) -> bytes:
    return b"Bearer " + str(opened.json["token"]).encode()
