"""`hallway conformance`: whether another implementation of the protocol does as this one."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import with_shared_options
from cli.terminal import Terminal

if TYPE_CHECKING:
    from conformance.hearing import Tally

app = typer.Typer(add_completion=False)


@app.command(context_settings={"allow_interspersed_args": False})
@with_shared_options
def conformance(
    terminal: Terminal,
    command: Annotated[
        list[str],
        typer.Argument(help="What starts the client: it answers, a JSON object a line.", metavar="COMMAND..."),
    ],
    only: Annotated[list[str] | None, typer.Option(help="Ask this list alone; may be given again.")] = None,
    patience: Annotated[float, typer.Option(help="Seconds to wait for an answer.", min=0.1)] = 20.0,
) -> None:
    """Ask a client all test vectors, and what passed in ceremonies between real phones and a real server.

    Options stand before COMMAND. docs/protocol/conformance.md says how the client is asked.

    Exit code 0: it was right in every case; 1: in some it was not; 2: it could not be asked.
    """
    import asyncio

    from conformance.report import document, faults, last_line, line
    from conformance.run import run

    def heard(tally: "Tally") -> None:
        if not terminal.json:
            terminal.show({}, line(tally))

    # One argument may be a whole command line.
    words = shlex.split(command[0]) if len(command) == 1 else command
    hearing = asyncio.run(run(words, only=only or (), patience=patience, heard=heard))
    told = faults(hearing.tallies, every=bool(only))
    terminal.show(document(hearing, words), *told, last_line(hearing))
    if hearing.passed < hearing.cases:
        raise typer.Exit(1)
