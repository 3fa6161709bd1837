"""Where a command's result goes: one JSON document for programs, text and tables for people."""

import json as json_
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.records import Sentence

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress

SHARED = Sentence("panel_shared")


@dataclass(frozen=True)
class Terminal:
    """The options of every command."""

    json: Annotated[
        bool,
        typer.Option("--json", help=Sentence("help_json"), rich_help_panel=SHARED),
    ] = False

    def show(self, document: Mapping[str, Any], *parts: "str | RenderableType") -> None:
        """`document` for programs, `parts` for people; strings are cleaned of what would drive the terminal."""
        if self.json:
            sys.stdout.write(json_.dumps(document) + "\n")
            sys.stdout.flush()
            return
        from rich.console import Console
        from rich.text import Text

        console = Console(file=sys.stdout)
        for part in parts:
            if isinstance(part, str):
                # Tickets and codes are copied: they must not be broken where the window ends.
                console.print(Text(printable(part)), soft_wrap=True)
            else:
                console.print(part)

    def remark(self, text: str) -> None:
        """Something for people alone, beside the result."""
        if not self.json:
            sys.stderr.write(printable(text) + "\n")
            sys.stderr.flush()

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> "Iterator[Steps]":
        """A bar (or, without `total`, a spinner) while something takes its time; nothing unless a person looks on."""
        if self.json or not sys.stderr.isatty():
            yield Steps(None)
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        columns = [SpinnerColumn(), TextColumn("{task.description}")]
        bar = [] if total is None else [BarColumn(), TextColumn("{task.completed}/{task.total}")]
        with Progress(*columns, *bar, console=Console(file=sys.stderr), transient=True) as shown:
            shown.add_task(printable(what), total=total)
            yield Steps(shown)


@dataclass(frozen=True)
class Steps:
    """What a progress bar counts."""

    _shown: "Progress | None"

    def reach(self, done: int, total: int) -> None:
        """So many of so many, where the number becomes known on the way."""
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=done, total=total)

    def advance(self) -> None:
        if self._shown is not None:
            self._shown.advance(self._shown.task_ids[0])


@dataclass(frozen=True)
class Coloured:
    """A cell with a colour, beside words that say the same."""

    text: str
    colour: str


def table(columns: Sequence[str], rows: "Sequence[Sequence[str | Coloured]]") -> "RenderableType":
    """A table of plain cells; a table without rows shows its columns alone."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(*columns, box=box.SIMPLE_HEAD)
    for row in rows:
        made.add_row(*(Text(*_cell(cell)) for cell in row))
    return made


def _cell(cell: str | Coloured) -> tuple[str, str]:
    return (printable(cell.text), cell.colour) if isinstance(cell, Coloured) else (printable(cell), "")


def printable(text: str) -> str:
    """`text` without control characters and direction marks.

    Names, directory entries and a server's words come from other people, and an escape sequence rewrites the screen.
    """
    from schemas.records.formats import is_printable

    return "".join(char if char in "\n\t" or is_printable(char) else "\N{REPLACEMENT CHARACTER}" for char in text)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 entry`, `2 entries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
