"""Logging a contact, completing and changing it, deleting an entry."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.contact import CONTACT
from cli.errors import Refusal, Usage
from cli.fields import Reading
from cli.handset import Handset
from cli.record_id import RecordId, find_record, resource_id
from cli.values import short

if TYPE_CHECKING:
    from device.records import Records


@CONTACT.options
def log(handset: Handset, **typed: Any) -> None:
    """Log a contact. Five options suffice; the rest can be given later with `edit`.

    No names, no notes: a record has coded fields only. Works without a network.
    """
    # Before the passcode is asked for.
    CONTACT.require(typed, Reading(handset.language, None, lambda _: None))
    with handset.records() as records:
        record = records.log(CONTACT.kind.name, CONTACT.read(typed, _reading(handset, records)))
        handset.written(records, {"record": record.hex()}, f"Logged as {short(record)}.")


@CONTACT.options
def edit(
    handset: Handset,
    record: RecordId,
    remove: Annotated[list[str] | None, typer.Option(help="Take a field away; more than once if need be.")] = None,
    **typed: Any,
) -> None:
    """Complete or change a contact. Each option replaces the whole field."""
    removed = tuple(CONTACT.field_of(name) for name in remove or ())
    with handset.records() as records:
        found = find_record(records, record)
        if found.type != CONTACT.kind.name:
            raise Refusal("not-a-contact", f"this is a {found.type}, not a contact", "Delete it, or log a new one.")
        fields = CONTACT.read(typed, _reading(handset, records))
        if not fields and not removed:
            raise Usage("nothing to change was given", "See `hallway phone edit --help` for the fields.")
        records.edit(found.id, fields, removed)
        handset.written(records, {"record": found.id.hex()}, f"Changed {short(found.id)}.")


def delete(handset: Handset, record: RecordId) -> None:
    """Delete an entry on all your phones, for ever."""
    with handset.records() as records:
        found = find_record(records, record)
        records.delete(found.id)
        handset.written(records, {"record": found.id.hex()}, f"Deleted {short(found.id)}.")


def _reading(handset: Handset, records: "Records") -> Reading:
    return Reading(handset.language, records.programme(), lambda typed: resource_id(records, typed))
