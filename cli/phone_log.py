"""Logging a contact, deleting an entry."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.contact import CONTACT
from cli.fields import Reading
from cli.handset import Handset
from cli.phone_find import card_lines, crisis_card
from cli.record_id import RecordId, find_record, resource_id
from cli.values import short

if TYPE_CHECKING:
    from device.records import Records


@CONTACT.options
def log(handset: Handset, **typed: Any) -> None:
    """Log a contact."""
    # Before the passcode is asked for.
    CONTACT.require(typed, Reading(handset.language, None, lambda _: None))
    with handset.records() as records:
        with CONTACT.refusals(handset.language):
            record = records.log(CONTACT.kind.name, CONTACT.read(typed, reading(handset, records)))
        written(handset, records, record, handset.words(records).say("logged", record=short(record)))


def delete(handset: Handset, record: RecordId) -> None:
    """Delete an entry on all your phones, for ever."""
    with handset.records() as records:
        found = find_record(records, record)
        records.delete(found.id)
        handset.handles(records).forget(records.view, found.id)
        handset.written(
            records, {"record": found.id.hex()}, handset.words(records).say("deleted", record=short(found.id))
        )


def written(
    handset: Handset, records: "Records", record: bytes, done: str, earlier: Mapping[str, Any] | None = None
) -> None:
    """Say what was written, with what this made the phone ask that it had not asked before."""
    from device.prompts import prompts

    asked = [code for code in prompts(records.get(record).fields) if code not in prompts(earlier or {})]
    card = crisis_card(handset) if "own_red" in asked else None
    words, number = handset.words(records), records.unsent()
    document = {"record": record.hex(), "prompts": asked, "unsent": number}
    said = [words.code("prompt", code) for code in asked]
    lines = card_lines(card, words) if card is not None else []
    handset.show(
        {**document, **({"crisis_card": {**card}} if card else {})}, done, *said, *lines, words.only_here(number)
    )


def reading(handset: Handset, records: "Records") -> Reading:
    return Reading(handset.language, records.programme(), lambda typed: resource_id(records, typed))
