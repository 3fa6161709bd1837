"""The programme's resource directory."""

from pathlib import Path
from typing import Annotated

import typer

from cli.command import register
from cli.errors import Usage
from cli.handset import Handset

directory = typer.Typer(no_args_is_help=True, help="The resource directory on every phone.")


@directory.callback()
def _directory() -> None:
    """The resource directory on every phone."""


def import_file(
    handset: Handset,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON or CSV (by its ending), UTF-8, at most 1 MiB.")],
) -> None:
    """Add or update resources from a file, matched by name and organization; others stay.

    A file with a mistake is refused as a whole, with every mistake named.
    """
    from device.directory import import_resources
    from schemas.records import read_directory

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}", "Name a JSON or CSV file.") from None
    form = "csv" if file.suffix.lower() == ".csv" else "json"
    with handset.records() as records, handset.progress("Importing"):
        resources = read_directory(data, form, today=records.today(), programme=records.programme())  # type: ignore[arg-type]
        done = import_resources(records, resources)
        document = {"added": done.added, "changed": done.changed, "same": done.same}
        said = f"{done.added} resources added, {done.changed} changed, {done.same} as they were."
        handset.written(records, document, said)


register(directory, {"import": import_file})
