"""`hallway evidence`: what a file proves of a server. It needs no account, no network and no phone."""

from pathlib import Path
from typing import Annotated

import typer

from cli.command import register
from cli.terminal import Terminal, table

app = typer.Typer(no_args_is_help=True, help="Judge what a server signed. Works anywhere, without a network.")


@app.callback()
def evidence() -> None:
    """Judge what a server signed. Works anywhere, without a network."""


def verify(
    terminal: Terminal, file: Annotated[Path, typer.Argument(help="A file that `hallway phone evidence` wrote.")]
) -> None:
    """Say what a server signed, and why it cannot all be true.

    Exit code 0: proven; 1: explained, or not proven; 2: the file cannot be read.
    """
    from cli.evidence_file import read_evidence
    from cli.evidence_words import headline, plain, rows, told
    from sync.evidence import verify as judge

    given = read_evidence(file)
    with terminal.progress("Verifying"):
        verdict = judge(given)
    terminal.show(
        plain(verdict, given.log), headline(verdict), table(("", ""), rows(verdict, given.log)), *told(verdict)
    )
    if verdict.outcome != "proven":
        raise typer.Exit(1)


register(app, {"verify": verify})
