"""A client under attack: a process of its own, which is told what its user does and answers what its user sees.

One JSON object a line, in and out (docs/adversary.md). Nothing else is known of it.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

PATIENCE = 120.0
"""Seconds for one thing to do: whoever says nothing for so long hangs."""
LONGEST_LINE = 64 * 1024 * 1024
UNREACHABLE = "unreachable"
SILENT = "silent"


class ClientGone(Exception):
    """The client's process ended, or said what is no answer."""


@dataclass(frozen=True)
class Said:
    """An answer. `error`: its kind, empty if it was done; `detail` and `notes`: sentences that the user sees."""

    who: str
    verb: str
    ok: dict[str, Any]
    error: str
    detail: str
    notes: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """What tells the user that something is wrong; that there is no network tells nothing."""
        told = [self.detail] if self.error and self.error not in (UNREACHABLE, SILENT) else []
        return [*told, *self.notes]


class Client:
    """`command`: what starts it, to which the directory of the phone is added. All that is said stands beside that."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name = name
        self.command = [*command, str(folder)]
        self.transcript = folder.with_name(f"{folder.name}.jsonl")
        self._process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    async def start(self) -> None:
        """Raises ClientGone."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE
            )
        except OSError as error:
            raise ClientGone(f"{self.command[0]} does not start: {error}") from error

    async def do(self, verb: str, /, **arguments: Any) -> Said:
        """Raises ClientGone."""
        if self._process is None:
            await self.start()
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ClientGone(f"{self.name} did not start")
        asked = orjson.dumps({"do": verb, **arguments}) + b"\n"
        self._note(asked)
        process.stdin.write(asked)
        try:
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        except TimeoutError:
            return Said(self.name, verb, {}, SILENT, f"no answer in {PATIENCE:.0f} s", ())
        except ConnectionError:
            line = b""
        self._note(line)
        try:
            answer = orjson.loads(line)
            ok, notes = answer.get("ok"), tuple(str(note) for note in answer.get("notes", ()))
            return Said(
                self.name,
                verb,
                ok or {},
                "" if ok is not None else str(answer["error"]),
                str(answer.get("detail", "")),
                notes,
            )
        except (ValueError, KeyError, AttributeError) as error:
            raise ClientGone(f"{self.name} ended, or answered {line[:80]!r} to `{verb}`") from error

    def _note(self, line: bytes) -> None:
        self.transcript.parent.mkdir(parents=True, exist_ok=True)
        with self.transcript.open("ab") as file:
            file.write(line)

    def peak(self) -> int:
        """Bytes of memory that its process has had at most; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text() if self._process else ""
        except OSError:
            return 0
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 if "VmHWM:" in status else 0

    async def stop(self) -> None:
        """End of its input: it closes its database and ends."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 20.0)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
