"""Every way in which a client can lie or fail, found, told in a sentence, and over with that case."""

import sys
from typing import Any

import pytest

from conformance.cases import Vectors
from conformance.client import Client, NotStarted
from conformance.hearing import NOT_ASKED, Hearing, Tally
from tests.conformance.conftest import Command

CASES = len(Vectors().load("codes"))
GOOD = sum(vector["expect"] == "ok" for vector in Vectors().load("codes"))


async def judged(command: list[str], patience: float = 20.0) -> Tally:
    hearing = Hearing(Client(command, patience))
    try:
        await hearing.hear("codes", Vectors().cases("codes"))
    finally:
        await hearing.client.stop()
    return hearing.tallies[0]


def came(tally: Tally) -> list[Any]:
    return [result.fault.came for result in tally.results if result.fault]


async def test_a_client_without_a_fault(command: Command) -> None:
    tally = await judged(command(""))
    assert came(tally) == []
    assert len(tally.results) == CASES


@pytest.mark.parametrize(
    ("weakness", "failed"),
    [
        ("wrong output", 1),
        ("accepts all", CASES - GOOD),
        ("refuses all", GOOD),
        ("another problem", CASES - GOOD),
        ("tells something else", CASES - GOOD),
    ],
)
async def test_it_lies(command: Command, weakness: str, failed: int) -> None:
    assert len(came(await judged(command(weakness)))) == failed


@pytest.mark.parametrize(
    ("weakness", "said"),
    [
        ("crashes", "it ended with status 3: ZeroDivisionError: division by zero"),
        ("half a line", "it ended with status 0"),
        ("an array", 'not an object: [{"id": 3,'),
        ("no out", "neither done, with an object `out`, nor refused, with a `problem`: "),
        ("out is text", "neither done"),
        ("no problem", "neither done"),
        ("ok is 1", "neither done"),
        ("not UTF-8", "not JSON: "),
        ("deep", "not JSON: [[[["),
        ("true for an id", "the answer to True, when 1 was asked"),
    ],
)
async def test_it_fails_once_and_is_begun_anew(command: Command, weakness: str, said: str) -> None:
    (told,) = came(await judged(command(weakness)))
    assert told.startswith(said)
    assert len(told) < 250


async def test_an_answer_too_many_is_found_at_the_next_question(command: Command) -> None:
    assert came(await judged(command("answers twice"))) == ["the answer to 3, when 4 was asked"]


async def test_it_hangs(command: Command) -> None:
    assert came(await judged(command("hangs"), 2.0)) == ["no answer in 2 s"]


async def test_it_closes_its_output_and_stays(command: Command) -> None:
    assert came(await judged(command("closes its output"), 2.0)) == ["it closed its output"]


@pytest.mark.parametrize(
    ("weakness", "said"),
    [
        ("one behind", "the answer to 2, when 3 was asked"),
        ("debugs", "not JSON: now asked codes"),
        ("crashes always", "it ended with status 4"),
    ],
)
async def test_one_that_never_answers_is_asked_no_more(command: Command, weakness: str, said: str) -> None:
    told = came(await judged(command(weakness)))
    assert told[0] == said
    assert told.count(NOT_ASKED) == len(told) - 5


async def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.client.LONGEST_LINE", 4096)
    endless = [sys.executable, "-c", "while True: print('x' * 65536, end='')"]
    assert came(await judged(endless))[0] == "a line of more than 4096 bytes"


async def test_it_does_not_read() -> None:
    assert came(await judged([sys.executable, "-c", "import time; time.sleep(60)"], 0.5))[0] == "no answer in 0.5 s"


async def test_there_is_no_such_command() -> None:
    with pytest.raises(NotStarted, match=r"^/nowhere does not start: No such file or directory$"):
        await judged(["/nowhere"])
