"""What the simulator finds in all that a server signed."""

from typing import Any

from crypto.public.base64url import b64
from simulation.answers import Answers

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
