"""A client under judgement: a process that is asked, a JSON object a line, and answers, a line each.

Nothing it does may end the judging: it hangs, dies, prints what is no answer, or answers something else.
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress

import orjson

from conformance.judging import Answer
from conformance.table import Object

PATIENCE = 20.0
"""Seconds for one answer: whoever says nothing for so long hangs."""
LONGEST_LINE = 64 * 1024 * 1024
SHOWN = 120


class NotStarted(Exception):
    """There is no such command."""


class NoAnswer(Exception):
    """The client hung, ended, or said what is no answer, in a sentence; the next question begins it anew."""


class Client:
    """`command`: what starts it."""

    def __init__(self, command: Sequence[str], patience: float = PATIENCE) -> None:
        self.command = list(command)
        self.patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._asked = 0

    async def ask(self, op: str, given: Object) -> Answer:
        """Raises NoAnswer, NotStarted."""
        self._asked += 1
        line = orjson.dumps({"id": self._asked, "op": op, "in": given}) + b"\n"
        process = self._process or await self._start()
        try:
            answer = await asyncio.wait_for(_exchange(process, line), self.patience)
            return self._understood(answer)
        except TimeoutError:
            await self.stop()
            raise NoAnswer(f"no answer in {self.patience:g} s") from None
        except ValueError:
            await self.stop()
            raise NoAnswer(f"a line of more than {LONGEST_LINE} bytes") from None
        except (ConnectionError, EOFError):
            raise NoAnswer(await self._ended(process)) from None
        except NoAnswer:
            await self.stop()
            raise

    async def _start(self) -> asyncio.subprocess.Process:
        # What it says on standard error is shown if it ends; a pipe that nobody empties would stop it.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._complaints,
                limit=LONGEST_LINE,
                start_new_session=True,
            )
        except OSError as error:
            self._complaints.close()
            raise NotStarted(f"{self.command[0]} does not start: {error.strerror or error}") from None
        return self._process

    def _understood(self, line: bytes) -> Answer:
        try:
            answer = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise NoAnswer(f"not JSON: {_short(line)}") from None
        if not isinstance(answer, dict):
            raise NoAnswer(f"not an object: {_short(line)}")
        if answer.get("id") != self._asked or isinstance(answer.get("id"), bool):
            raise NoAnswer(f"the answer to {answer.get('id')!r:.40}, when {self._asked} was asked")
        ok, out, problem, told = (answer.get(name) for name in ("ok", "out", "problem", "told"))
        if ok is True and isinstance(out, dict):
            return Answer(out)
        if ok is False and isinstance(problem, str) and problem and isinstance(told, dict | None):
            return Answer(told or {}, problem)
        raise NoAnswer(f"neither done, with an object `out`, nor refused, with a `problem`: {_short(line)}")

    async def _ended(self, process: asyncio.subprocess.Process) -> str:
        # Its output may end before it does.
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), self.patience)
        status, complaint = process.returncode, self._complaint()
        await self.stop()
        how = "it closed its output" if status is None else f"it ended with status {status}"
        return f"{how}: {complaint}" if complaint else how

    def _complaint(self) -> str:
        """The last line on standard error."""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, size - 4096))
        lines = self._complaints.read().decode(errors="replace").split("\n")
        return next((line.strip()[:SHOWN] for line in reversed(lines) if line.strip()), "")

    async def stop(self) -> None:
        """End the process and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        self._complaints.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        # What it has said and nobody read would keep the pipe open.
        with suppress(TimeoutError):
            await asyncio.wait_for(_drained(process), self.patience)
        await process.wait()


async def _drained(process: asyncio.subprocess.Process) -> None:
    while process.stdout is not None and await process.stdout.read(LONGEST_LINE):
        pass


async def _exchange(process: asyncio.subprocess.Process, line: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(line)
    await process.stdin.drain()
    answer = await process.stdout.readline()
    if not answer.endswith(b"\n"):
        raise EOFError
    return answer


def _short(line: bytes) -> str:
    text = line.decode(errors="replace").strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
