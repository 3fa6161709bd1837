"""Completing and correcting an entry of any type."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import Refusal, Usage
from cli.forms import FORMS, every_option, fields_typed
from cli.handset import Handset
from cli.phone_log import reading, written
from cli.record_id import RecordId, find_record
from cli.values import short
from schemas.records import Sentence

if TYPE_CHECKING:
    from cli.fields import Form
    from cli.values import Words
    from device.view import Record


@every_option
def edit(
    handset: Handset,
    record: RecordId,
    remove: Annotated[list[str] | None, typer.Option(help=Sentence("help_remove"))] = None,
    **typed: Any,
) -> None:
    """Complete or correct an entry."""
    with handset.records() as records:
        found, words = find_record(records, record), handset.words(records)
        form = _form(found, words)
        given = _given(form, typed, found, words)
        removed = tuple(form.field_of(name, handset.language) for name in remove or ())
        if not given and not removed:
            raise Usage(words.say("edit_nothing"), _options(form, words))
        if twice := sorted(form.option_of(name) for name in given.keys() & set(removed)):
            raise Usage(words.say("edit_both", options=", ".join(twice)), words.say("edit_one"))
        with form.refusals(handset.language):
            records.edit(found.id, form.read(given, reading(handset, records)), removed)
        written(handset, records, found.id, words.say("changed", record=short(found.id)), earlier=found.fields)


def _given(form: "Form", typed: dict[str, Any], found: "Record", words: "Words") -> dict[str, Any]:
    """Field -> what was typed. Raises Usage for options of other types."""
    given, foreign = fields_typed(form, typed)
    if foreign:
        option = foreign[0]
        detail = words.say("edit_foreign", option=option, record=short(found.id), kind=words.kind(found.type))
        raise Usage(detail, _options(form, words), option=option)
    return given


def _options(form: "Form", words: "Words") -> str:
    return words.say("edit_options", options=", ".join(form.option_of(name) for name in form.kind.fields))


def _form(found: "Record", words: "Words") -> "Form":
    """Raises Refusal."""
    form = FORMS.get(found.type)
    if form is None:
        said = words.say("edit_refused", record=short(found.id), kind=words.kind(found.type))
        instead = {
            "check_in": words.say("edit_check_in"),
            "failed_call": words.say("edit_failed_call"),
            "reported_number": words.say("edit_reported_number"),
        }
        other = words.say("edit_newer") if found.space == "personal" else words.say("edit_shared")
        raise Refusal("not-edited", said, instead.get(found.type, other))
    return form
