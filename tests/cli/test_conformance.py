"""`hallway conformance`."""

import json
import shlex
from pathlib import Path

import pytest

from conformance import cases
from tests.cli.terminal import invoke
from tests.conformance.conftest import Command, command

__all__ = ["command"]


def test_a_client_that_is_right(command: Command) -> None:
    done = invoke("conformance", "--only", "codes", "--only", "invites", *command("none"))
    assert done.exit_code == 0
    assert done.stdout == "codes 25/25\ninvites 3/3\nconformance: 28/28\n"


def test_one_that_is_not(command: Command) -> None:
    done = invoke("conformance", "--only", "codes", shlex.join(command("wrong output")))
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("codes 24/25", "conformance: 24/25")
    assert "  read      docs/protocol/2-keys.md" in lines


def test_for_programs(command: Command) -> None:
    done = invoke("conformance", "--json", "--only", "codes", *command("crashes"))
    told = json.loads(done.stdout)
    assert (done.exit_code, told["passed"], told["cases"]) == (1, 24, 25)
    assert told["failed"][0]["came"] == "it ended with status 3: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("arguments", "problem"), [(["--only", "codse", "true"], "usage"), (["--only", "codes", "/nowhere"], "not-started")]
)
def test_what_cannot_be_asked(arguments: list[str], problem: str) -> None:
    done = invoke("conformance", "--json", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert json.loads(done.stderr)["problem"] == problem


def test_without_the_vectors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cases, "FOLDER", tmp_path)
    done = invoke("conformance", "--json", "true")
    assert done.exit_code == 2
    assert json.loads(done.stderr)["problem"] == "no-vectors"
