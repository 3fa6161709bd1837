"""Whether an answer is the right one, and where it is not."""

from dataclasses import dataclass

import orjson

from conformance.cases import Question
from conformance.sealed import expected_of
from conformance.table import Json, Object


@dataclass(frozen=True)
class Answer:
    """`problem`: empty if it was done, and `out` came out; else the refusal, which tells `out`."""

    out: Object
    problem: str = ""

    @property
    def shown(self) -> Object:
        return {"problem": self.problem, "told": self.out} if self.problem else {"out": self.out}


@dataclass(frozen=True)
class Fault:
    """What should have come of an operation, and what came."""

    op: str
    expected: Json
    came: Json


def fault(question: Question, answer: Answer) -> Fault | None:
    """None if the answer is right."""
    compared = {name: answer.out.get(name) for name in question.out}
    if question.problem:
        expected = {"problem": question.problem, "told": question.out}
        if answer.problem == question.problem and same(question.out, compared):
            return None
        return Fault(question.op, expected, answer.shown)
    if question.mistaken:
        if not answer.problem and not same(question.out, compared):
            return None
        return Fault(question.op, {"other than": question.out}, answer.shown)
    if answer.problem:
        return Fault(question.op, {"out": question.out}, answer.shown)
    expected = question.out if same(question.out, compared) else expected_of(question, compared)
    return None if same(expected, compared) else Fault(question.op, {"out": expected}, {"out": compared})


def same(one: Json, other: Json) -> bool:
    """Equal as JSON, where true is not 1; of a `map`, the pairs in whatever order."""
    return orjson.dumps(_ordered(one), option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        _ordered(other), option=orjson.OPT_SORT_KEYS
    )


def _ordered(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _pairs(item) if key == "map" else _ordered(item) for key, item in value.items()}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _pairs(value: Json) -> Json:
    if not isinstance(value, list):
        return _ordered(value)
    return sorted((_ordered(one) for one in value), key=lambda one: orjson.dumps(one, option=orjson.OPT_SORT_KEYS))


def difference(expected: Json, came: Json, path: str = "") -> tuple[str, Json, Json]:
    """(where two values first differ, what stands there in each)."""
    if isinstance(expected, dict) and isinstance(came, dict):
        for name in expected | came:
            if not same(expected.get(name), came.get(name)):
                return difference(expected.get(name), came.get(name), f"{path}.{name}" if path else name)
    if isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for at, (one, other) in enumerate(zip(expected, came, strict=True)):
            if not same(one, other):
                return difference(one, other, f"{path}[{at}]")
    return path, expected, came
