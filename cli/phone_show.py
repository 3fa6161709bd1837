"""Entries as their owner reads them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.codes import pick
from cli.errors import Usage
from cli.handset import Handset
from cli.record_id import RecordId, find_record
from cli.terminal import table
from cli.values import Words, plain, short
from schemas.records import Sentence

if TYPE_CHECKING:
    from device.view import Record

SUMMARY = {
    "contact": ("contact_kind", "modality", "duration_band", "reasons.primary", "disposition"),
    "check_in": ("instrument", "band", "scales"),
    "training": ("course", "mode"),
    "supervision": ("supervision_kind", "duration_band"),
    "presence_shift": ("shift_band", "hours_band"),
    "availability": ("weekdays", "starts_at", "ends_at"),
    "plan": ("anticipate", "plan", "deter"),
    "resource": ("name", "categories"),
    "failed_call": ("failure", "number"),
    "reported_number": ("failure", "number"),
    "failing_number": ("failure", "number"),
    "programme": ("display_name",),
}
_NOT_OFFERED = ("failing_number", "reported_number", "programme")


def list_records(
    handset: Handset,
    kind: Annotated[
        str | None,
        typer.Option(
            "--type",
            help=f"{', '.join(name for name in SUMMARY if name not in _NOT_OFFERED)}.",
        ),
    ] = None,
    since: Annotated[str | None, typer.Option(help=Sentence("help_since"))] = None,
) -> None:
    """List your entries, the newest first."""
    first = _day(since)
    with handset.records() as records:
        found, words = records.list(kind, first), handset.words(records)
        if kind is not None and not found:
            pick("--type", kind, {name: words.kind(name) for name in SUMMARY})
        handset.show({"records": [as_json(record) for record in found]}, listed(found, words))


def show(handset: Handset, record: RecordId) -> None:
    """Show one entry, or one resource, with all that it holds."""
    with handset.records() as records:
        found, words = find_record(records, record), handset.words(records)
        rows = [(words.field(found.type, name), words.value(found.type, name, each)) for name, each in fields(found)]
        heading = f"{words.kind(found.type)} {found.id.hex()} {_marks(found, words)}".rstrip()
        handset.show(as_json(found), heading, table(words.columns("field", "value"), rows))


def as_json(record: "Record") -> dict[str, Any]:
    return {
        "id": record.id.hex(),
        "type": record.type,
        "version": record.version,
        "space": record.space,
        "fields": plain(record.fields),
        "conflicts": sorted(record.conflicts),
        "unsent": record.unsent,
    }


def listed(records: "list[Record]", words: Words) -> Any:
    from device.view import day_of

    rows = [
        (
            short(record.id),
            day_of(record),
            words.kind(record.type),
            summary(record, words),
            _marks(record, words),
        )
        for record in records
    ]
    return table(words.columns("id", "date", "type", "what", ""), rows)


def summary(record: "Record", words: Words) -> str:
    """The telling fields; of an unknown type whatever it holds."""
    paths = SUMMARY.get(record.type) or tuple(sorted(record.fields))
    return " · ".join(filter(None, (words.part(record.type, path, record.fields) for path in paths)))


def fields(record: "Record") -> list[tuple[str, object]]:
    """Fields in the order of the record type, unknown ones last."""
    from schemas.records import record_types

    known = record_types().get(record.type)
    order = list(known.fields) if known else []
    return sorted(
        record.fields.items(), key=lambda item: (order.index(item[0]) if item[0] in order else len(order), item[0])
    )


def _marks(record: "Record", words: Words) -> str:
    marks = [words.say("only_on_this_phone")] if record.unsent else []
    return ", ".join(marks + ([words.say("in_conflict")] if record.conflicts else []))


def _day(typed: str | None) -> date | None:
    try:
        return None if typed is None else date.fromisoformat(typed)
    except ValueError:
        raise Usage(Sentence("use_day", option="--since", typed=typed or ""), Sentence("use_day_how")) from None
