"""Progress on standard error: bars on a terminal, a line for each phase elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@dataclass
class Phase:
    """`step` after each of `total` parts."""

    name: str
    total: int
    done: int = 0
    progress: Progress | None = None

    def step(self, parts: int = 1) -> None:
        self.done += parts
        if self.progress is not None:
            self.progress.update(self.progress.task_ids[-1], completed=self.done)


@dataclass
class Screen:
    """`seconds`: phase -> how long it took."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    seconds: dict[str, float] = field(default_factory=dict)

    def say(self, line: str) -> None:
        print(line, file=self.stream, flush=True)

    @contextmanager
    def phase(self, name: str, total: int) -> Iterator[Phase]:
        """One part of the demonstration, measured and shown."""
        console = Console(file=self.stream)
        start = time.monotonic()
        if console.is_terminal:
            columns = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            with Progress(*columns, console=console) as progress:
                progress.add_task(name, total=total)
                yield Phase(name, total, progress=progress)
            self.seconds[name] = time.monotonic() - start
            return
        phase = Phase(name, total)
        yield phase
        self.seconds[name] = time.monotonic() - start
        self.say(f"{name:<44} {phase.done:>4} of {total:<4} {self.seconds[name]:6.1f} s")
