"""What the simulator finds in all that a server signed."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest

from crypto.public.base64url import b64
from simulation.answers import Answers, nobody_is_accused
from simulation.violation import Violation
from tests.device.contacts import CONTACT
from tests.support.hall import Hall

LOG = b"l" * 32
A, B = b"a" * 32, b"b" * 32


def exchange(asked: tuple[int, bytes], head: tuple[int, bytes], *, known: bool) -> tuple[Any, Any]:
    cursors = [{"position": position, "head": b64(value)} for position, value in (asked, head)]
    question = {"logs": [{"log": b64(LOG), "cursor": cursors[0]}]}
    return question, {"logs": [{"log": b64(LOG), "head": cursors[1], "known": known}]}


def found(*exchanges: tuple[Any, Any]) -> int:
    answers = Answers()
    for one in exchanges:
        answers.observe(*one)
    return len(answers.pairs)


def test_one_history_is_no_contradiction() -> None:
    grown = exchange((1, A), (2, B), known=True)
    assert found(exchange((0, A), (1, A), known=True), grown, grown, exchange((2, B), (2, B), known=True)) == 0
    # Behind, and asked for what it never said.
    assert found(grown, exchange((2, B), (1, A), known=False), exchange((2, A), (2, B), known=False)) == 0


def test_each_way_to_contradict_oneself_in_two_answers_is_found() -> None:
    first = exchange((1, A), (2, A), known=True)
    assert found(first, exchange((1, A), (2, B), known=True)) == 1
    assert found(first, exchange((1, B), (3, B), known=True)) == 1
    assert found(first, exchange((2, A), (3, B), known=False)) == 1
    assert found(exchange((2, A), (1, A), known=True)) == 1


async def test_a_fork_that_neither_phone_could_notice_is_found_in_what_the_server_signed(tmp_path: Path) -> None:
    async with Hall(tmp_path) as hall:
        lead, answers = await hall.founded(), Answers()
        second = await hall.linked(lead, "second")

        def watch(request: httpx.Request, response: httpx.Response) -> httpx.Response:
            if request.url.path == "/v1/sync" and response.status_code == 200:
                answers.observe(orjson.loads(request.content), orjson.loads(response.content))
            return response

        hall.wire.tamper = watch
        for phone in (lead, second, lead):
            await phone.sync()
        world: Any = SimpleNamespace(restores=0, answers=answers)
        back: Any = [SimpleNamespace(phone=phone) for phone in (lead, second)]
        nobody_is_accused(world, back)
        assert answers.states
        copy = hall.backup("copy")
        for phone in (lead, second):
            hall.restore(copy)
            phone.records.log("contact", CONTACT)
            await phone.sync()
            assert phone.notes() == []
        with pytest.raises(Violation, match="evidence about personal"):
            nobody_is_accused(world, back)
