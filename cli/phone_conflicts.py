"""What two phones wrote without knowing of each other: shown, and settled by their owner."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import Usage
from cli.handset import Handset
from cli.record_id import RecordId, find_record
from cli.terminal import table
from cli.values import Words, plain, short
from schemas.records import Sentence

if TYPE_CHECKING:
    from device.view import Record


def conflicts(handset: Handset) -> None:
    """List fields that two phones wrote without knowing of each other, with every value."""
    with handset.records() as records:
        found, words = records.conflicts(), handset.words(records)
        document = [
            {"id": record.id.hex(), "type": record.type, "field": field, "values": [_plain(each) for each in values]}
            for record in found
            for field, values in every_value(record).items()
        ]
        rows = [
            (short(record.id), field, words.field(record.type, field), str(number), _shown(words, record, field, value))
            for record in found
            for field, values in every_value(record).items()
            for number, value in enumerate(values, start=1)
        ]
        columns = words.columns("id", "field", "label", "number", "value")
        parts = [words.say("conflicts_how"), table(columns, rows)] if rows else [words.say("no_conflicts")]
        handset.show({"conflicts": document}, *parts)


def resolve(
    handset: Handset,
    record: RecordId,
    field: Annotated[str, typer.Argument(help=Sentence("help_conflict_field"))],
    keep: Annotated[int, typer.Option(min=1, help=Sentence("help_keep"))],
) -> None:
    """Settle a conflict by one of its values."""
    from device.records import NoConflict

    with handset.records() as records:
        found = find_record(records, record)
        values = every_value(found).get(field)
        if values is None:
            raise NoConflict(Sentence("why_no_conflict", field=field))
        if keep > len(values):
            raise Usage(Sentence("use_keep", number=len(values)), Sentence("use_conflicts"))
        records.resolve(found.id, field, values[keep - 1])
        said = handset.words(records).say("settled", field=field, record=short(found.id))
        handset.written(records, {"record": found.id.hex(), "field": field}, said)


def every_value(record: "Record") -> dict[str, list[Any]]:
    """Field in conflict -> the value that stands, then those that lost."""
    from sync.device.merge import REMOVED

    return {field: [record.fields.get(field, REMOVED), *lost] for field, lost in record.conflicts.items()}


def _plain(value: Any) -> Any:
    """A removal is null in JSON: no value of a field is."""
    from sync.device.merge import REMOVED

    return None if value is REMOVED else plain(value)


def _shown(words: Words, record: "Record", field: str, value: Any) -> str:
    from sync.device.merge import REMOVED

    return words.say("taken_away") if value is REMOVED else words.value(record.type, field, value)
