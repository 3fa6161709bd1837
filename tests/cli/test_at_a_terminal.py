"""What a person at a terminal goes through: prompts, offered words, a code typed back with a slip."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from tests.cli.terminal import HALLWAY, Person, Server, clean_environment


class Keyboard:
    """A command on a pseudo-terminal, and somebody who types."""

    def __init__(self, *arguments: str, environment: dict[str, str]) -> None:
        self.ours, theirs = pty.openpty()
        command = [str(HALLWAY), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
            # Tests that a shell started in the background ignore it, and so would the command.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        os.close(theirs)
        self.screen = ""

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Read on until the pattern was shown since the last call."""
        deadline = time.monotonic() + 60
        while not (found := re.search(pattern, self.screen)):
            assert time.monotonic() < deadline, self.screen
            if select.select([self.ours], [], [], 1)[0]:
                self.screen += self._read()
            elif self.process.poll() is not None:
                pytest.fail(f"ended before {pattern!r}: {self.screen}")
        self.screen = self.screen[found.end() :]
        return found

    def type(self, text: str) -> None:
        os.write(self.ours, f"{text}\n".encode())

    def end(self) -> int:
        """The exit code; the rest of what was shown is on `screen`."""
        while more := self._read():
            self.screen += more
        os.close(self.ours)
        return self.process.wait(60)

    def _read(self) -> str:
        try:
            return os.read(self.ours, 65_536).decode()
        except OSError:
            # The other side has hung up.
            return ""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**clean_environment(tmp_path), "TERM": "xterm", "COLUMNS": "120"}


def test_a_person_joins_and_types_the_code_back(
    server: Server, lead: Person, tmp_path: Path, environment: dict[str, str]
) -> None:
    ticket = lead.does("lead", "invite")["tickets"][0]
    joining = Keyboard("phone", "join", environment=environment)
    joining.wait_for("Ticket: ")
    joining.type(ticket)
    joining.wait_for("Your name, for the leads: ")
    joining.type("Gil")
    words = joining.wait_for(r"\r\n  ((?:[a-z-]+ ){4}[a-z-]+)\r\n")[1]
    joining.wait_for("Enter to take these, or the others: ")
    joining.type("")
    joining.wait_for("for trying and for automation")
    joining.wait_for("This phone is in You Matter as member")
    assert joining.end() == 0
    assert ticket not in joining.screen

    coding = Keyboard("phone", "code", environment=environment)
    coding.wait_for(r"Passcode \(five words\): ")
    coding.type(words.upper())
    code = coding.wait_for(r"(?:[0-9A-Z]{5}-){6}[0-9A-Z]{5}")[0]
    coding.wait_for(re.escape(server.address))
    coding.wait_for("The code, typed back from the paper: ")
    coding.type("00000" + code[5:])
    coding.wait_for("group 1 is wrong")
    coding.wait_for("The code, typed back from the paper: ")
    coding.type(code.lower().replace("-", " "))
    coding.wait_for("The code is good")
    assert coding.end() == 0
    assert words not in coding.screen
    assert (tmp_path / ".local/share/hallway/phone/vault.db").exists()
    assert (tmp_path / ".local/state/hallway/phone/key").stat().st_mode & 0o777 == 0o600


def test_ctrl_c_at_a_prompt_ends_quietly(environment: dict[str, str]) -> None:
    joining = Keyboard("phone", "join", environment=environment)
    joining.wait_for("Ticket: ")
    joining.process.send_signal(2)
    assert joining.end() == 130
    assert "Traceback" not in joining.screen
