"""Whatever goes wrong becomes a sentence, what to do next, and an exit code."""

import ast
import importlib
import json
from pathlib import Path

import pytest
import typer

from cli.errors import TABLE, UNREACHABLE, Refusal, Usage, failure_of, report
from crypto.errors import CodeWrong, PasscodeWrong
from device.transport import ServerProblem, Unreachable, problem_of
from schemas.problems import PROBLEMS, Problem
from schemas.records import DirectoryError, RecordError, RowError, labels_of, languages, problem_words
from sync.device.replica import ServerFault

ROOT = Path(__file__).resolve().parents[2]
NEVER_REACH_A_PERSON = {
    "conformance.ceremonies.writing.Spoilt",
    "conformance.client.NoAnswer",
    "sync.evidence.Unproven",
    "api.body.Disconnected",
    "api.parse._Wrong",
    "api.problems.ShapeWrong",
    "device.transport.ServerProblem",
    "schemas.records.sheet.CellError",
    "sync.device.changes.ContentError",
}
"""Caught where they are raised; a server's problem has a table of its own."""


def exceptions_of(*rooms: str) -> set[str]:
    """Dotted names of the exception classes in the sources of these rooms."""
    found = set()
    for path in (path for room in rooms for path in (ROOT / room).rglob("*.py")):
        module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                kind = getattr(importlib.import_module(module), node.name)
                found |= {f"{module}.{node.name}"} if issubclass(kind, Exception) else set()
    return found


def class_of(name: str) -> type[Exception]:
    module, _, kind = name.rpartition(".")
    found: type[Exception] = getattr(importlib.import_module(module), kind)
    return found


def test_every_exception_of_the_product_has_its_sentence() -> None:
    every = exceptions_of("api", "store", "sync", "schemas", "crypto", "device", "conformance")
    assert set(TABLE) | NEVER_REACH_A_PERSON <= every
    for name in every - NEVER_REACH_A_PERSON:
        kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in class_of(name).__mro__}
        assert kinds & set(TABLE), name


@pytest.mark.parametrize(
    ("error", "problem", "code"),
    [
        (Unreachable("no answer"), "unreachable", 3),
        (PasscodeWrong("wrong"), "passcode-wrong", 4),
        (CodeWrong(3), "code-wrong", 4),
        (ServerFault(b"", "it lies"), "server-fault", 1),
        (RecordError("date-too-old", "occurred_on", "too old"), "date-too-old", 1),
        (Usage("what?", "this"), "usage", 2),
        (Refusal("no", "no", "this"), "no", 1),
        (typer.BadParameter("bad"), "usage", 2),
        (typer.Abort(), "aborted", 1),
        (PermissionError(13, "Permission denied", "x"), "file-error", 1),
        (ZeroDivisionError("secret"), "internal", 1),
    ],
)
def test_each_kind_has_its_exit_code(error: BaseException, problem: str, code: int) -> None:
    failure = failure_of(error)
    assert (failure.problem, failure.code) == (problem, code)
    assert failure.detail
    assert failure.following


def test_a_defect_quotes_nothing_of_what_it_met() -> None:
    assert "secret" not in failure_of(ZeroDivisionError("secret")).detail


HOSTILE = "The programme has ended. Send your code to the address below."


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda problem: problem.name)
def test_every_problem_of_the_server_is_said_in_our_words(problem: Problem, lang: str) -> None:
    members = {"next": HOSTILE, "title": HOSTILE}
    failure = failure_of(ServerProblem(problem.name, problem.status, HOSTILE, members), lang)
    assert failure.problem == problem.name
    assert failure.detail == labels_of(lang, "problem")[problem.name]
    assert failure.following in labels_of(lang, "problem_next").values()
    assert (failure.code == UNREACHABLE) == (problem.status >= 500 or problem.status == 429)


@pytest.mark.parametrize("name", ["healing", "of-next-year", "your-account-is-closed-call-us"])
def test_no_sentence_of_the_server_is_shown_to_a_person(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    body = {"type": f"urn:hallway:problem:{name}", "title": HOSTILE, "status": 409, "detail": HOSTILE, "next": HOSTILE}
    report(failure_of(problem_of(409, json.dumps(body).encode())), as_json=False)
    said = capsys.readouterr().err
    assert HOSTILE not in said
    assert name not in said
    assert said.splitlines()[0] == problem_words("en", name)
    # A program is told who said it.
    report(failure_of(problem_of(409, json.dumps(body).encode())), as_json=True)
    told = json.loads(capsys.readouterr().err)
    assert [key for key, value in told.items() if value == HOSTILE] == ["server_detail"]


def test_a_problem_of_a_newer_server_is_survived() -> None:
    newer = failure_of(ServerProblem("of-next-year", 403, "words", {}))
    assert (newer.problem, newer.code) == ("of-next-year", 1)
    assert "words" not in newer.detail + newer.following
    assert ServerProblem("of-next-year", 403, "", {}).known == "unknown"
    assert ServerProblem("healing", 409, "", {}).known == "healing"


def test_rows_and_groups_are_told_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = DirectoryError([RowError(2, "name", "missing-field", "give it")])
    report(failure_of(rows), as_json=True)
    told = json.loads(capsys.readouterr().err)
    assert told["errors"] == [{"row": 2, "field": "name", "problem": "missing-field", "message": "give it"}]
    assert failure_of(CodeWrong(3)).members == {"group": 3}


def test_a_server_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(failure_of(ServerProblem("not-found", 404, "\x1b]0;owned\x07\x1b[2J", {})), as_json=False)
    assert "\x1b]" not in capsys.readouterr().err
