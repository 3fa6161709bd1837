"""Noting that a number of the directory did not work."""

from typing import Annotated, Any

import typer

from cli.codes import pick
from cli.errors import Refusal
from cli.handset import Handset
from cli.record_id import RecordId, find_record
from schemas.records import Fields, Sentence, code_list, label


def failed(
    handset: Handset,
    record: RecordId,
    why: Annotated[str, typer.Option(help=Sentence("help_why"))] = "no_answer",
    number: Annotated[str, typer.Option(help=Sentence("help_number"))] = "",
) -> None:
    """Note that a number of a resource did not work."""
    from device.failures import is_lead, note_failure

    lang = handset.language
    reasons = {code: label(lang, "call_failure", code) for code in code_list("call_failure").codes}
    failure = pick("--why", why, reasons)
    with handset.records() as records:
        resource = find_record(records, record)
        if resource.type != "resource":
            said = Sentence("use_resource", kind=label(lang, "record_type", resource.type))
            raise Refusal("not-a-resource", said, Sentence("use_find"))
        called = number or first_number(resource.fields)
        made = note_failure(records, resource.id, failure, called)
        words, name = handset.words(records), str(resource.fields.get("name", ""))
        told = words.say("failure_tell", name=name, number=called or "-", failure=reasons[failure])
        shared = is_lead(records)
        document = {"record": made.hex(), "shared": shared, "tell": told}
        kept = f"{words.say('failure_kept')}\n  {told}"
        handset.written(records, document, words.say("failure_shared", name=name) if shared else kept)


def first_number(fields: Fields) -> str:
    """The number that one calls first; "" if there is none."""
    phones: Any = fields.get("phones")
    entries = [entry for entry in phones if isinstance(entry, dict)] if isinstance(phones, list) else []
    return str(entries[0].get("number", "")) if entries else ""
