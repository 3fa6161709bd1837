"""The `hallway` command as a test runs it: in this process, or as a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cli.main import app
from tests.support.serving import free_port

HALLWAY = Path(sys.executable).with_name("hallway")
FIVE = ("--kind", "one_to_one", "--modality", "phone", "--duration", "m15_29", "--reason", "burnout_exhaustion")
FIVE_OPTIONS = (*FIVE, "--disposition", "closed_supported")


def clean_environment(folder: Path) -> dict[str, str]:
    """Nothing of whoever runs the tests; a home in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HALLWAY_", "XDG_", "LC_"))}
    return {**kept, "HOME": str(folder), "LANG": "en_GB.UTF-8", "TZ": "UTC", "NO_COLOR": "1"}


def invoke(*arguments: str, typed: str = "", environment: dict[str, str] | None = None) -> Result:
    """Run a command in this process. `typed`: what a pipe gives it."""
    return CliRunner().invoke(app, list(arguments), input=typed, env=environment or {}, prog_name="hallway")


@dataclass(frozen=True)
class Person:
    """A phone in `folder`: its home, its state and a file with its passcode."""

    folder: Path
    name: str

    @property
    def home(self) -> Path:
        return self.folder / self.name

    @property
    def passcode_file(self) -> Path:
        return self.folder / f"{self.name}.passcode"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **clean_environment(self.folder),
            "HALLWAY_HOME": str(self.home),
            "HALLWAY_STATE": str(self.folder / f"{self.name}.state"),
            "HALLWAY_PASSCODE_FILE": str(self.passcode_file),
        }

    def run(self, *arguments: str, typed: str = "", **environment: str) -> Result:
        return invoke(*arguments, typed=typed, environment={**self.environment, **environment})

    def does(self, *arguments: str, typed: str = "") -> Any:
        """The JSON document of a command that must succeed."""
        done = self.run(*arguments, "--json", typed=typed)
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def says(self, *arguments: str, typed: str = "", **environment: str) -> str:
        """What a command that must succeed prints for people, on one line."""
        done = self.run(*arguments, typed=typed, COLUMNS="200", **environment)
        assert done.exit_code == 0, done.stderr
        return " ".join(done.stdout.split())

    def fails(self, code: int, *arguments: str, typed: str = "") -> Any:
        """The JSON error of a command that must fail with this exit code, and print nothing else."""
        done = self.run(*arguments, "--json", typed=typed)
        assert (done.exit_code, done.stdout) == (code, ""), done.output
        error = json.loads(done.stderr)
        assert error["problem"]
        assert error["detail"]
        assert error["next"]
        return error

    def fields(self) -> dict[str, Any]:
        """Id -> fields of all entries."""
        return {record["id"]: record["fields"] for record in self.does("phone", "list")["records"]}

    def twin(self, folder: Path) -> "Person":
        """A copy that a test may change."""
        folder.mkdir(exist_ok=True)
        for path in self.folder.glob(f"{self.name}*"):
            copy = shutil.copytree if path.is_dir() else shutil.copyfile
            copy(path, folder / path.name)
        return Person(folder, self.name)


class Server:
    """`hallway serve`, a real process on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = clean_environment(folder)
        self.options: tuple[str, ...] = ("--data", str(folder / "server"), "--address", self.address)

    def start(self) -> None:
        command = [str(HALLWAY), "serve", *self.options, "--port", str(self.port), "--json"]
        self.log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        assert self.process.stdout is not None
        self.said = json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()

    def founding_ticket(self) -> str:
        done = invoke("operator", "token", *self.options, "--json", environment=clean_environment(self.folder))
        assert done.exit_code == 0, done.stderr
        ticket: str = json.loads(done.stdout)["ticket"]
        return ticket

    def founded(self, name: str = "lead") -> Person:
        """A lead whose programme can take members."""
        lead = Person(self.folder, name)
        lead.does("lead", "found", "--preset", "you_matter", "--name", "Ada Byron", typed=self.founding_ticket())
        lead.does("phone", "code", "--confirm", typed=lead.does("phone", "code", "--show")["code"])
        return lead
