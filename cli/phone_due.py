"""What is due: follow-ups, a refresher, the next supervision."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.handset import Handset
from cli.phone_show import summary
from cli.record_id import find_record
from cli.terminal import table
from cli.values import Words, short
from schemas.records import Sentence

if TYPE_CHECKING:
    from datetime import date

    from device.due import Due


def due(
    handset: Handset,
    ahead: Annotated[int, typer.Option(min=0, max=400, help=Sentence("help_ahead"))] = 7,
    done: Annotated[str | None, typer.Option(metavar="ID", help=Sentence("help_done"))] = None,
) -> None:
    """List what is due."""
    from device.due import due as falling_due
    from device.due import settle

    with handset.records() as records:
        if done is not None:
            settle(records, find_record(records, done).id)
        found, words, today = falling_due(records, ahead), handset.words(records), records.today()
        handles = handset.handles(records).all(records.view)
        names = {id_: one.nickname for id_, one in handles.items()}
        rows = [
            (_when(one, today, words), words.code("due_kind", one.kind), *_which(one, words, names)) for one in found
        ]
        shown = (
            table(words.columns("due", "what", "id", "for", "contact"), rows) if rows else words.say("nothing_due_here")
        )
        handset.show({"due": [_plain(one, names) for one in found]}, shown)


def _when(one: "Due", today: "date", words: Words) -> str:
    late, day = (today - one.on).days, one.on.isoformat()
    if late < 1:
        return day
    return words.say("late_one", day=day) if late == 1 else words.say("late", day=day, number=late)


def _which(one: "Due", words: Words, names: dict[bytes, str]) -> tuple[str, str, str]:
    if one.record is None:
        return "", "", ""
    return short(one.record.id), names.get(one.record.id, ""), summary(one.record, words)


def _plain(one: "Due", names: dict[bytes, str]) -> dict[str, Any]:
    record = one.record
    return {
        "kind": one.kind,
        "on": one.on.isoformat(),
        "record": None if record is None else record.id.hex(),
        "handle": None if record is None else names.get(record.id),
    }
