"""The command as a whole: its options, its help, and what it loads."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import GROUPS, app
from tests.cli.terminal import HALLWAY, clean_environment, invoke

SECRETS = ("passcode", "ticket", "code", "token", "key", "secret")
LOADED = """
import json, sys
from cli.main import app
try:
    app()
finally:
    print(json.dumps([*sys.modules]), file=sys.stderr)
"""


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its path."""
    command = command or typer.main.get_command(app)
    context = command.make_context("hallway", [], resilient_parsing=True)
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(context):
        yield from commands(command.get_command(context, name), (*path, name))


EVERY = dict(commands())


def test_the_commands_are_those_promised() -> None:
    assert {" ".join(path) for path in EVERY} == {
        "serve", "operator token", "operator key", "backup", "restore begin", "restore end", "version", "presets",
        "evidence verify", "evidence join", "phone evidence", "conformance",
        "lead found", "lead configure", "lead invite", "lead invites", "lead close", "lead members",
        "lead remove", "lead restored", "lead server", "lead status", "lead directory import", "lead directory export",
        "lead directory due", "lead directory checked", "phone failed",
        "phone join", "phone link", "phone recover", "phone code", "phone log", "phone edit", "phone delete",
        "phone checkin", "phone trend", "phone training", "phone supervision", "phone shift", "phone availability",
        "phone plan", "phone due", "phone handle", "phone load", "phone import",
        "phone find", "phone crisis", "phone list", "phone show", "phone conflicts", "phone resolve",
        "phone sync", "phone status", "phone compare", "phone export", "phone devices", "phone revoke", "phone leave",
        "phone erasures", "phone erase",
        "phone address", "phone stats", "phone aggregate",
        "lead stats tasks", "lead stats define", "lead stats open", "lead stats status", "lead stats close",
        "lead stats show", "lead stats export",
    }  # fmt: skip


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_no_option_takes_a_secret_and_each_command_speaks_json(path: tuple[str, ...]) -> None:
    options = {option: parameter for parameter in EVERY[path].params for option in parameter.opts}
    assert "--json" in options
    for option, parameter in options.items():
        if any(secret in option for secret in SECRETS):
            assert option.endswith("-file") or parameter.is_flag, option
    helped = invoke(*path, "--help", environment={"COLUMNS": "200"})
    assert helped.exit_code == 0
    assert "--json" in helped.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("phone", "log", "--nickname", "x"),
        ("phone", "whisper"),
        ("phone", "show"),
        ("serve", "--port", "nine"),
        ("lead",),
    ],
    ids=" ".join,
)
def test_misuse_is_said_in_json_too(arguments: tuple[str, ...]) -> None:
    done = invoke(*arguments, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert json.loads(done.stderr)["problem"] == "usage"
    assert invoke(*arguments).exit_code == 2


def test_the_version_is_the_package_s() -> None:
    assert json.loads(invoke("version", "--json").stdout) == {"version": version("hallway"), "rules": 1, "suite": 1}
    assert version("hallway") in invoke("version").stdout


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["version"], ("api", "store", "device", "crypto.secret", "sync.device", "httpx", "rich.table")),
        (["phone", "crisis"], ("api", "store", "device.vault", "httpx", "uvicorn")),
        (["phone", "list"], ("api", "store", "httpx", "uvicorn", "device.phone")),
        (["operator", "token"], ("device", "crypto.secret", "sync.device", "httpx")),
    ],
)
def test_a_command_loads_what_it_uses_alone(tmp_path: Path, arguments: list[str], forbidden: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env=clean_environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert loaded & {"cli.main", "typer"}
    assert {name for name in loaded for bad in forbidden if name == bad or name.startswith(f"{bad}.")} == set()


def test_no_traceback_reaches_a_person(tmp_path: Path) -> None:
    environment = {**clean_environment(tmp_path), "HALLWAY_HOME": "/dev/null/home"}
    done = subprocess.run(
        [str(HALLWAY), "phone", "join", "--ticket-file", "/dev/null"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_no_group_offers_completion_of_a_command_that_is_none() -> None:
    """`hallway operator --install-completion` made a script for a command `operator`."""
    for group in GROUPS:
        done = invoke(group, "--help", environment={})
        assert (done.exit_code, "completion" in done.stdout) == (0, False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_a_letter_still_shows_the_rest(tmp_path: Path, encoding: str) -> None:
    """The Italian crisis card was "unexpected UnicodeEncodeError" where the output was ASCII."""
    environment = {**clean_environment(tmp_path), "LANG": "it_SM", "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [HALLWAY, "phone", "crisis", "--lang", "it"], env=environment, capture_output=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"112" in done.stdout
