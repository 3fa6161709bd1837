"""The programme's resource directory."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.codes import pick
from cli.command import register
from cli.errors import Refusal, Usage
from cli.handset import Handset
from cli.phone_find import found_as_json, found_table, local_zone
from cli.record_id import RecordId, find_record
from schemas.records import code_list, hours, label

if TYPE_CHECKING:
    from schemas.records import Remark

directory = typer.Typer(no_args_is_help=True, help="The resource directory on every phone.")


@directory.callback()
def _directory() -> None:
    """The resource directory on every phone."""


def import_file(
    handset: Handset,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON or CSV (by its ending), UTF-8, at most 1 MiB.")],
    category: Annotated[str | None, typer.Option(help="Category (a code) of entries that name none.")] = None,
    assured: Annotated[
        str | None, typer.Option(help="Day on which entries without one were checked, YYYY-MM-DD.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of entries without one, such as Europe/Rome.")] = None,
) -> None:
    """Add or update resources from a file, matched by name and organization; others stay.

    JSON may be services of Open Referral HSDS 3.0: what a resource cannot hold of them is named, and left out. A file
    with a mistake is refused as a whole, with every mistake named.
    """
    from device.directory import import_resources
    from schemas.records import read_directory

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}", "Name a JSON or CSV file.") from None
    form = "csv" if file.suffix.lower() == ".csv" else "json"
    lang = handset.language
    categories = {code: label(lang, "resource_category", code) for code in code_list("resource_category").codes}
    absent: dict[str, object] = {} if category is None else {"categories": [pick("--category", category, categories)]}
    absent |= {} if assured is None else {"assured_date": _day(assured)}
    absent |= {} if timezone is None else {"timezone": timezone}
    with handset.records() as records, handset.progress("Importing"):
        programme = records.programme()
        read = read_directory(data, form, today=records.today(), programme=programme, absent=absent)  # type: ignore[arg-type]
        done = import_resources(records, read.resources)
        remarks = [{"row": each.row, "field": each.field, "reason": each.reason} for each in read.remarks]
        document = {"added": done.added, "changed": done.changed, "same": done.same, "remarks": remarks}
        said = f"{done.added} resources added, {done.changed} changed, {done.same} as they were."
        handset.written(records, document, "\n".join([said, *_said(read.remarks, lang)]))


def export_file(
    handset: Handset, file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, .json.")]
) -> None:
    """Write the directory as services of Open Referral HSDS 3.0 (JSON). Importing it again loses nothing."""
    from schemas.records import to_hsds

    with handset.records() as records:
        services = to_hsds({record.id: record.fields for record in records.list("resource")})
    try:
        with file.open("x", encoding="utf-8") as out:
            json.dump(services, out, ensure_ascii=False, indent=1)
            out.write("\n")
    except FileExistsError:
        raise Refusal("file-exists", f"{file} is there already", "Name a new file.") from None
    handset.show({"file": str(file), "services": len(services)}, f"{len(services)} services (HSDS 3.0) in {file}.")


def due(handset: Handset) -> None:
    """List what is to be looked after: numbers that did not work, and entries that were not checked for long."""
    from device.directory import Directory

    now, zone = datetime.now(UTC), local_zone()
    with handset.records() as records:
        found, words = Directory(records, handset.language).due(), handset.words(records)
        document = [found_as_json(each, hours(each.record.fields, now, zone)) for each in found]
        handset.show({"resources": document}, found_table(found, words) if found else words.say("nothing_due"))


def checked(
    handset: Handset,
    record: RecordId,
    status: Annotated[str | None, typer.Option(help="Also set its status (a code).")] = None,
) -> None:
    """Say that a resource was checked today, and clear what was noted of its numbers."""
    from device.failures import mark_checked

    statuses = {code.replace(" ", "_"): code for code in code_list("resource_status").codes}
    with handset.records() as records:
        resource = find_record(records, record)
        fields = {} if status is None else {"status": statuses[pick("--status", status, statuses)]}
        cleared = mark_checked(records, resource.id, fields)
        name = str(resource.fields.get("name", ""))
        document = {"record": resource.id.hex(), "cleared": cleared}
        handset.written(records, document, handset.words(records).say("checked", name=name, count=cleared))


def _said(remarks: "tuple[Remark, ...]", lang: str) -> list[str]:
    """What was not kept, once a field and reason."""
    counted = Counter((each.field, each.reason) for each in remarks)
    return [
        f"  {field} ({number}x) {label(lang, 'import_remark', reason)}" for (field, reason), number in counted.items()
    ]


def _day(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise Usage(f"--assured: {typed!r} is no day", "Write it as 2026-03-31.") from None


register(directory, {"import": import_file, "export": export_file, "due": due, "checked": checked})
