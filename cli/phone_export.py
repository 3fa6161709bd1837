"""Everything an owner logged, to take along."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.asking import new_private_file
from cli.handset import Handset
from cli.terminal import count


def export(
    handset: Handset,
    out: Annotated[
        Path | None, typer.Option(help="Write to this new file, for your eyes only; else to standard output.")
    ] = None,
) -> None:
    """Export your entries as JSON, in clear. Keys are never exported."""
    with handset.records() as records:
        entries = records.export()
    document = {"records": entries}
    if out is None:
        typer.echo(json.dumps(document, indent=None if handset.json else 1))
        return
    with new_private_file(out) as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    said = f"{count(len(entries), 'entry', 'entries')} in {out}, in clear: keep it safe, or delete it when done."
    handset.show({"file": str(out), "records": len(entries)}, said)
