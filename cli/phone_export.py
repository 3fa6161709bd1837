"""Everything an owner logged, to take along and to bring back."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.asking import new_private_file
from cli.codes import pick
from cli.errors import Usage
from cli.handset import Handset
from schemas.records import Sentence, label, record_types

OWN = [name for name, kind in record_types().items() if kind.space == "personal" and not kind.reserved]


def export(
    handset: Handset,
    out: Annotated[Path | None, typer.Option(help=Sentence("help_out"))] = None,
    form: Annotated[
        Literal["json", "csv"] | None,
        typer.Option("--format", help=Sentence("help_format")),
    ] = None,
    kind: Annotated[str | None, typer.Option("--type", help=Sentence("help_only_type"))] = None,
) -> None:
    """Export your entries as JSON or CSV, in clear."""
    chosen = form or ("csv" if out is not None and out.suffix.lower() == ".csv" else "json")
    with handset.records() as records:
        entries = records.export(kind)
        if kind is not None and not entries:
            pick("--type", kind, {name: label(handset.language, "record_type", name) for name in OWN})
        text = records.export_sheet(kind) if chosen == "csv" else ""
        words = handset.words(records)
    if chosen == "json":
        text = json.dumps({"records": entries}, indent=None if handset.json and out is None else 1) + "\n"
    if out is None:
        # As it is: the ends of lines of CSV are its own.
        typer.echo(text.encode(), nl=False)
        return
    with new_private_file(out) as file:
        file.write(text)
    said = words.say("exported", entries=words.entries(len(entries)), file=out)
    handset.show({"file": str(out), "records": len(entries)}, said)


def import_file(
    handset: Handset,
    file: Annotated[Path, typer.Argument(help=Sentence("help_import_file"))],
    kind: Annotated[str, typer.Option("--type", help=Sentence("help_import_type"))] = "contact",
    check: Annotated[bool, typer.Option("--check", help=Sentence("help_check"))] = False,
) -> None:
    """Import entries from an export, or from a table of your own."""
    from device.importing import import_entries
    from schemas.records.entries import read_entries

    wanted = pick("--type", kind, {name: label(handset.language, "record_type", name) for name in OWN})
    suffix = file.suffix.lower().removeprefix(".")
    if suffix not in ("json", "csv"):
        raise Usage(f"{file} is neither .json nor .csv", "Name the file by what it holds.")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}", "Name a file that holds entries.") from None
    with handset.records() as records:
        words = handset.words(records)
        form: Literal["json", "csv"] = "csv" if suffix == "csv" else "json"
        entries = read_entries(data, form, kind=wanted, today=records.today(), programme=records.programme())
        if check:
            handset.show({"entries": len(entries)}, words.say("import_sound", entries=words.entries(len(entries))))
            return
        done = import_entries(records, entries)
        number = records.unsent()
    document = {"added": done.added, "same": done.same, "changed": done.changed, "deleted": done.deleted}
    told = [
        words.say("import_added", entries=words.entries(done.added)),
        words.say("import_same", number=done.same) if done.same else "",
        words.say("import_changed", number=done.changed) if done.changed else "",
        words.say("import_deleted", number=done.deleted) if done.deleted else "",
    ]
    handset.show({**document, "unsent": number}, " ".join(filter(None, told)), words.only_here(number))
