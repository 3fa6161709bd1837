"""Logging a contact, completing and changing it, deleting an entry."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.contact import CONTACT
from cli.errors import Refusal, Usage
from cli.fields import Reading
from cli.handset import Handset, only_here
from cli.phone_find import card_lines, crisis_card
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
        _written(handset, records, record, f"Logged as {short(record)}.")


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
        _written(handset, records, found.id, f"Changed {short(found.id)}.", earlier=found.fields)


def delete(handset: Handset, record: RecordId) -> None:
    """Delete an entry on all your phones, for ever."""
    with handset.records() as records:
        found = find_record(records, record)
        records.delete(found.id)
        handset.handles(records).forget(records.view, found.id)
        handset.written(records, {"record": found.id.hex()}, f"Deleted {short(found.id)}.")


def _written(
    handset: Handset, records: "Records", record: bytes, done: str, earlier: Mapping[str, Any] | None = None
) -> None:
    """Says what was written, with what this made the phone ask that it had not asked before."""
    from device.prompts import prompts

    asked = [code for code in prompts(records.get(record).fields) if code not in prompts(earlier or {})]
    card = crisis_card(handset) if "own_red" in asked else None
    words, number = handset.words(records), records.unsent()
    document = {"record": record.hex(), "prompts": asked, "unsent": number}
    said = [words.code("prompt", code) for code in asked]
    lines = card_lines(card, words) if card is not None else []
    handset.show({**document, **({"crisis_card": {**card}} if card else {})}, done, *said, *lines, only_here(number))


def _reading(handset: Handset, records: "Records") -> Reading:
    return Reading(handset.language, records.programme(), lambda typed: resource_id(records, typed))
