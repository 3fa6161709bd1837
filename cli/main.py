"""The `hallway` command: what there is, and nothing of it loaded before it is asked for."""

import importlib
import io
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import typer
from typer.core import TyperGroup

from cli.command import register
from cli.errors import failure_of, report
from cli.places import locale_of
from cli.presets import presets
from cli.terminal import Terminal

GROUPS = {
    "serve": "cli.serve",
    "operator": "cli.operator",
    "backup": "cli.backup",
    "restore": "cli.restore",
    "lead": "cli.lead",
    "phone": "cli.phone",
    "evidence": "cli.evidence",
    "conformance": "cli.conformance",
}
"""Command -> the module whose `app` it is. `serve` must run where the modules of the others cannot be imported."""


class Root(TyperGroup):
    """Loads a group when it is used, and turns whatever goes wrong into one sentence and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*GROUPS, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        command = typer.main.get_command(importlib.import_module(GROUPS[cmd_name]).app)
        command.name = cmd_name
        return command

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:
        """Runs a command and ends the process."""
        given = sys.argv[1:] if args is None else list(args)
        _write_anywhere()
        try:
            code = super().main(given, **{**extra, "prog_name": "hallway", "standalone_mode": False})
        except Exception as error:
            failure = failure_of(error, _language(given))
            report(failure, as_json="--json" in given)
            code = failure.code
        sys.exit(code if isinstance(code, int) else 0)


def _write_anywhere() -> None:
    """A terminal or pipe that lacks a letter shows `?` in its place: the crisis card is read there, too."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _language(given: Sequence[str]) -> str:
    """The language of an error: of `--lang` if it was typed, as for the command itself, else of the locale."""
    typed = [value for option, value in pairwise(given) if option == "--lang"]
    typed += [one.removeprefix("--lang=") for one in given if one.startswith("--lang=")]
    return (typed or [locale_of(os.environ)])[-1]


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Peer support, logged offline and synced through a server that stores only ciphertext.",
)


@app.callback()
def hallway() -> None:
    """Peer support, logged offline and synced through a server that stores only ciphertext."""


def version(terminal: Terminal) -> None:
    """Say which version this is, and which versions of the protocol's rules and suite it speaks."""
    from importlib.metadata import version as installed

    from sync.log import SUITE
    from sync.state import RULES

    number = installed("hallway")
    document = {"version": number, "rules": RULES, "suite": SUITE}
    terminal.show(document, f"hallway {number} (rules {RULES}, suite {SUITE})")


register(app, {"presets": presets, "version": version})
