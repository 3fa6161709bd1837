"""Ids of records as people type them: their beginning, in hex."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import Refusal
from schemas.records import Sentence

if TYPE_CHECKING:
    from device.records import Records
    from device.view import Record

SHORTEST = 4

RecordId = Annotated[str, typer.Argument(metavar="ID", help=Sentence("help_id"))]


def find_record(records: "Records", typed: str) -> "Record":
    """The one record whose id begins so. Raises NotFound, Refusal for an id that is too short or of several."""
    from device.records import NotFound

    found = matching(records, typed)
    if not found:
        raise NotFound(Sentence("use_id_unknown", typed=typed))
    if len(found) > 1:
        said = Sentence("use_id_ambiguous", number=len(found), typed=typed)
        raise Refusal("id-ambiguous", said, Sentence("use_id_more"))
    return found[0]


def matching(records: "Records", typed: str) -> "list[Record]":
    """All records whose id begins so; reserved ones are never among them."""
    from device.view import SPACES

    wanted = typed.strip().lower()
    if len(wanted) < SHORTEST:
        said = Sentence("use_id_short", typed=typed)
        raise Refusal("id-short", said, Sentence("use_id_least", number=SHORTEST))
    every = (record for space in SPACES for record in records.view.records(space))
    return [record for record in every if record.id.hex().startswith(wanted)]


def resource_id(records: "Records", typed: str) -> bytes | None:
    """The id of the one resource that is meant, or None."""
    found = [record for record in records.list("resource") if record.id.hex().startswith(typed.lower())]
    return found[0].id if len(found) == 1 and len(typed) >= SHORTEST else None
