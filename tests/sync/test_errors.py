"""Refusals: each has a name that page 8 explains."""

import ast
from collections.abc import Iterator
from pathlib import Path

from schemas.problems import PROBLEMS
from sync import errors
from sync.errors import Refused

ROOM = Path(errors.__file__).parent


def raised() -> Iterator[tuple[str, set[str | None]]]:
    """(problem, members) of every `Refused("problem", ...)` in this room."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, {keyword.arg for keyword in node.keywords}


def test_every_refusal_is_a_problem_of_page_8() -> None:
    names = {name for name, _ in raised()}
    assert names - PROBLEMS.keys() == set()
    assert {"seen-stale", "not-authorised", "limit-reached", "epoch-stale"} <= names


def test_a_refusal_has_no_member_that_page_8_does_not_name() -> None:
    assert [name for name, members in raised() if not members <= set(PROBLEMS[name].members)] == []


def test_a_refusal_carries_its_problem_detail_and_members() -> None:
    refusal = Refused("day-off", "too late", server_day=3)
    assert (refusal.problem, refusal.detail, refusal.members) == ("day-off", "too late", {"server_day": 3})
    assert str(refusal) == "day-off: too late"
