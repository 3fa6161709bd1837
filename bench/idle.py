"""Work (f): syncs with nothing new."""

from collections.abc import AsyncIterator

from bench.flood import flood
from bench.push import idle
from bench.result import Result, median
from bench.run import Run, hosted
from bench.server import constant
from schemas.wire import SyncAnswer, SyncRequest
from sync.answer import Answer, Standing
from sync.evidence import Signed
from sync.log import Cursor

PHONES = 20
SYNCS = 500
ROUNDS = 3


async def nothing_new(run: Run) -> AsyncIterator[Result]:
    """Against the same number of bytes from bare uvicorn; meanwhile the server counts its SQL statements."""
    phones, syncs = run.size(PHONES, 2), run.size(SYNCS, 5)
    async with hosted(run, counted=True) as at:
        members = await at.client.members(at.programme, phones, phones=1)
        for (phone,) in members:
            await at.client.token(phone)
        requests = [idle(at, phone) for (phone,) in members]
        answers = [await at.connection.exchange(request) for request in requests]
        for request, answer in zip(requests, answers, strict=True):
            check(request, answer, at.programme.id, at.server.key.public)
        before, ours, bare = at.server.statements, list[float](), list[float]()
        async with constant(len(answers[0])) as port:
            await flood(port, requests, 5)
            for _ in range(ROUNDS):
                ours.append(await flood(at.server.port, requests, syncs))
                bare.append(await flood(port, requests, syncs))
        statements = at.server.statements - before
    if before == 0 or statements:
        raise AssertionError(f"{statements} SQL statements in syncs with nothing new, {before} before them")
    yield Result(
        "f", f"{phones} phones sync with nothing new", median(ours), "syncs/s",
        "bare uvicorn answers as many constant bytes", median(bare), 0.3, more={"sql_statements": statements},
    )  # fmt: skip


def check(request: bytes, answer: bytes, programme: bytes, server_key: bytes) -> None:
    """Raises Refused unless the answer is signed, and AssertionError if it says that something is new."""
    asked = SyncRequest.model_validate_json(request.partition(b"\r\n\r\n")[2])
    got = SyncAnswer.model_validate_json(answer)
    standings = []
    for one, log in zip(asked.logs, got.logs, strict=True):
        cursor, head = Cursor(one.cursor.position, one.cursor.head), Cursor(log.head.position, log.head.head)
        if cursor != head or not log.known or log.entries:
            raise AssertionError("there is something new")
        standings.append(Standing(log.log, cursor, head, log.known))
    Signed(Answer(programme, asked.challenge, got.day, standings).message(), got.signature).check(server_key)
