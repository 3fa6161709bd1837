"""Secrets come from a prompt, standard input or a file. Arguments are in the shell's history and in `ps`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import IO

from cli.errors import Refusal, Usage

STDIN = Path("-")


def read_secret(what: str, file: Path | None, option: str) -> str:
    """The text of `file` (`-`: the next line of standard input), else of a prompt or a pipe. Raises Usage."""
    text = read_given(what, file) if file is not None else ask(what, option, hidden=True)
    if not text:
        raise Usage(f"{what} is empty", f"Give it at the prompt, on standard input, or in a file with {option}.")
    return text


def read_given(what: str, file: Path) -> str:
    if file == STDIN:
        return sys.stdin.readline().strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Usage(f"{what} cannot be read from {file}: {reason}", "Name a file that holds it.") from None


def ask(what: str, option: str, *, hidden: bool = False) -> str:
    """A line typed by a person, or the next one of a pipe. Raises Usage at its end."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise Usage(f"no answer to: {what}", f"Give it on standard input, or with {option}.")
        return line.strip()
    prompt = f"{what}: "
    if hidden:
        return getpass(prompt, stream=sys.stderr).strip()
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


@contextmanager
def new_private_file(path: Path) -> Iterator[IO[str]]:
    """A file that only its owner reads, durable when closed. Raises Refusal if there is one already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal("file-exists", f"{path} exists already", "Name a new file; nothing is overwritten.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(handle)
    except BaseException:
        # What was written before something failed is of use; an empty file would only be in the way.
        if path.stat().st_size == 0:
            path.unlink()
        raise
