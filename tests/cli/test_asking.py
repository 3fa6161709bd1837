import io
from pathlib import Path

import pytest

from cli.asking import STDIN, ask, new_private_file, read_secret
from cli.errors import Refusal, Usage


def test_secrets_of_one_pipe_are_read_line_by_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(" five words \n")
    monkeypatch.setattr("sys.stdin", io.StringIO("first\nsecond \n"))
    assert read_secret("A ticket", None, "--ticket-file") == "first"
    assert read_secret("A passcode", STDIN, "--passcode-file") == "second"
    assert read_secret("A passcode", file, "--passcode-file") == "five words"
    for end in (None, STDIN):
        with pytest.raises(Usage):
            read_secret("A passcode", end, "--passcode-file")


def test_a_secret_that_is_not_there_names_the_file(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for path in (tmp_path / "none", tmp_path, binary):
        with pytest.raises(Usage, match=path.name):
            read_secret("A code", path, "--code-file")


def test_the_end_of_a_pipe_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Usage, match="no answer to: Your name"):
        ask("Your name", "--name")


def test_a_private_file_keeps_what_was_written_before_something_failed(tmp_path: Path) -> None:
    empty, kept = tmp_path / "empty", tmp_path / "kept"

    def fail(path: Path, text: str) -> None:
        with new_private_file(path) as file:
            file.write(text)
            raise RuntimeError

    for path, text in ((empty, ""), (kept, "ticket\n")):
        with pytest.raises(RuntimeError):
            fail(path, text)
    assert not empty.exists()
    assert kept.read_text() == "ticket\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refusal), new_private_file(kept):
        pass
