"""A nickname for the person of a follow-up: on this phone alone, and only for a time."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.asking import ask
from cli.errors import Usage
from cli.handset import Handset
from cli.record_id import RecordId, find_record
from cli.values import short
from schemas.records import Sentence


def handle(
    handset: Handset,
    record: RecordId,
    days: Annotated[int, typer.Option(min=1, max=30, help=Sentence("help_days"))] = 30,
    forget: Annotated[bool, typer.Option("--forget", help=Sentence("help_forget"))] = False,
) -> None:
    """Keep a nickname for the person of a contact, so that you know whom a follow-up is with."""
    with handset.records() as records:
        found = find_record(records, record)
        kept, words = handset.handles(records), handset.words(records)
        if forget:
            gone = kept.forget(records.view, found.id)
            handset.show({"forgotten": gone}, words.say("handle_deleted") if gone else words.say("handle_none"))
            return
        nickname = ask("Nickname", "standard input", hidden=True)
        if not nickname:
            raise Usage(Sentence("use_nickname"), Sentence("use_nickname_how"))
        made = kept.give(records.view, found.id, nickname, days)
        until = datetime.fromtimestamp(made.until, UTC).astimezone().date().isoformat()
        handset.show(
            {"record": found.id.hex(), "until": until}, words.say("handle_kept", record=short(found.id), day=until)
        )
