"""What the operator says when the database was put back from a backup."""

import typer

from cli.command import register
from cli.serve import Data, Database, served, settings_of
from cli.terminal import Terminal, count

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Say that the database was put back from a backup.")


@app.callback()
def restore() -> None:
    """Say that the database was put back from a backup."""


def begin(terminal: Terminal, data: Data = None, database: Database = None) -> None:
    """Let phones give back what the backup lacks, before anything new is taken. The server must be stopped.

    Run it after the copy is in its place and before the server starts. It ends, for each programme, when a lead runs
    `hallway lead restored`.
    """
    from api.operator import begin_restore

    number = begin_restore(served(settings_of(data=data, database=database)))
    terminal.show(
        {"programmes": number},
        f"{count(number, 'programme', 'programmes')} will heal: start the server, and tell the leads.",
        "Phones give back what they hold at their next sync; then one lead of each runs `hallway lead restored`.",
    )


def end(terminal: Terminal, data: Data = None, database: Database = None) -> None:
    """Take it back: what still waits for `hallway lead restored` takes new entries. The server must be stopped.

    For programmes of which no lead has a phone any more: nobody joins or recovers from paper while a programme waits.
    """
    from api.operator import end_restore

    number = end_restore(served(settings_of(data=data, database=database)))
    terminal.show(
        {"programmes": number},
        f"{count(number, 'programme', 'programmes')} did wait, and will take new entries: start the server.",
        "A lead who recovers from paper runs `hallway lead restored` then, in case a phone raises an alarm.",
    )


register(app, {"begin": begin, "end": end})
