"""Noting that a number of the directory did not work."""

from typing import Annotated

import typer

from cli.codes import pick
from cli.errors import Refusal
from cli.handset import Handset
from cli.record_id import RecordId, find_record
from schemas.records import Sentence, code_list, label


def failed(
    handset: Handset,
    record: RecordId,
    why: Annotated[str, typer.Option(help=Sentence("help_why"))] = "no_answer",
    number: Annotated[str, typer.Option(help=Sentence("help_number"))] = "",
    untold: Annotated[bool, typer.Option("--untold", help=Sentence("help_untold"))] = False,
) -> None:
    """Note that a number of a resource did not work."""
    from device.failures import is_lead, note_failure, numbers_of

    lang = handset.language
    reasons = {code: label(lang, "call_failure", code) for code in code_list("call_failure").codes}
    failure = pick("--why", why, reasons)
    with handset.records() as records:
        resource = find_record(records, record)
        if resource.type != "resource":
            said = Sentence("use_resource", kind=label(lang, "record_type", resource.type))
            raise Refusal("not-a-resource", said, Sentence("use_find"))
        called = number or next(iter(numbers_of(resource)), "")
        made = note_failure(records, resource.id, failure, called, telling=not untold)
        words, name = handset.words(records), str(resource.fields.get("name", ""))
        tell = words.say("failure_tell", name=name, number=called or "-", failure=reasons[failure])
        shared = is_lead(records)
        told = not shared and not untold
        document = {"record": made.hex(), "shared": shared, "told": told, "tell": tell}
        if shared:
            handset.written(records, document, words.say("failure_shared", name=name))
            return
        handset.written(
            records, document, f"{words.say('failure_told') if told else words.say('failure_kept')}\n  {tell}"
        )
