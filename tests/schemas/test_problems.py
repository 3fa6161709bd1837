"""The table of problems: stable, complete, and the same in the code, on page 8 and in answers."""

import ast
import re
from pathlib import Path

import pytest

from schemas.problem_document import ProblemDocument
from schemas.problems import PROBLEMS, document, of_status, page, problem_of

ROOT = Path(__file__).resolve().parents[2]
STATUSES = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}


def raised_names() -> set[str]:
    """The first argument of every `Refused(...)` and `problem(...)` in the rooms that answer."""
    names = set()
    for room in ("sync", "store", "api"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    called = node.func.id in ("Refused", "problem") and node.args
                    if called and isinstance(node.args[0], ast.Constant):
                        names.add(str(node.args[0].value))
    return names


def test_every_problem_that_is_raised_is_in_the_table() -> None:
    raised = raised_names()
    assert len(raised) > 25
    assert raised <= PROBLEMS.keys()


def test_the_page_is_written_from_the_table() -> None:
    assert (ROOT / "docs/protocol/8-problems.md").read_text() == page()
    for name in PROBLEMS:
        assert f"**`{name}`**" in page()


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda problem: problem.name)
def test_each_problem_is_a_sentence_and_a_next_step(problem: object) -> None:
    from schemas.problems import Problem

    assert isinstance(problem, Problem)
    assert re.fullmatch("[a-z][a-z-]+", problem.name)
    assert problem.status in STATUSES
    for text in (problem.title, problem.next):
        assert text.endswith(".")
        assert 10 < len(text) < 120
    assert problem_of(problem.type) is problem
    written = document(problem.name, "a detail", {"log": "A" * 43})
    parsed = ProblemDocument.model_validate(written)
    assert (parsed.type, parsed.status, parsed.detail) == (problem.type, problem.status, "a detail")
    assert set(problem.members) <= ProblemDocument.model_fields.keys()


def test_members_cannot_replace_what_a_problem_is() -> None:
    written = document("internal", members={"status": 200, "type": "about:blank"})
    assert written["status"] == 500
    assert written["type"] == "urn:hallway:problem:internal"


def test_types_of_others_are_unknown() -> None:
    for uri in ("about:blank", "internal", "urn:hallway:problem:", "urn:hallway:problem:new-in-2030"):
        assert problem_of(uri) is None


def test_problems_of_a_status() -> None:
    assert [problem.name for problem in of_status([400])] == ["json-malformed"]
    assert len(of_status(STATUSES)) == len(PROBLEMS)
