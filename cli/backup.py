"""A backup of the server, in one command."""

from pathlib import Path
from typing import Annotated

import typer

from cli.command import register
from cli.errors import Refusal
from cli.serve import Data, Database, settings_of
from cli.terminal import Terminal

app = typer.Typer(add_completion=False, help="Copy the server's database.")


def backup(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(help="The new file.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Copy the server's database to a new file; also while the server runs.

    The keys beside it are not copied: keep `server.key` apart. Reports of statistics are never copied.
    """
    from api.operator import back_up

    settings = settings_of(data=data, database=database)
    # Not by its key: that is kept elsewhere, and who copies databases at night need not have it.
    if isinstance(settings.place, Path) and not settings.place.exists():
        raise Refusal("no-server", f"there is no {settings.place}", "Give --data or --database as the server has it.")
    try:
        size = back_up(settings, file)
    except FileExistsError:
        raise Refusal("file-exists", f"{file} exists already", "Name a new file; nothing is overwritten.") from None
    terminal.show({"file": str(file), "bytes": size}, f"The database is in {file}. Keep server.key elsewhere.")


register(app, {"backup": backup})
