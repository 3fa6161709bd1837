"""Numbers of the directory that did not work: noted by a supporter, told to the lead, shown to all by the lead.

A supporter's note stays in their own records. The leads hear of it by a slip that says nothing of who wrote it
(`device.slips`), unless its owner kept it to themselves; what a lead notes lies in the directory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from device.records import NotFound, Records
from device.view import Record
from schemas.records import Fields, Sentence

OWN, TOLD, SHARED = "failed_call", "reported_number", "failing_number"
RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Failures:
    """Notes by the id of the resource that they are about: own ones, on a lead's phone those that were told, shared."""

    notes: Mapping[bytes, Sequence[Record]]

    @classmethod
    def read(cls, records: Records) -> "Failures":
        """All notes of this phone, own and shared."""
        found: dict[bytes, list[Record]] = {}
        for note in (*records.list(SHARED), *records.list(TOLD), *records.list(OWN)):
            resource = note.fields.get("resource")
            if isinstance(resource, bytes):
                found.setdefault(resource, []).append(note)
        return cls(found)

    def of(self, resource: Record) -> tuple[Record, ...]:
        """The notes that stand, the newest first."""
        standing = [note for note in self.notes.get(resource.id, ()) if stands(note, resource)]
        return tuple(sorted(standing, key=lambda note: str(note.fields.get("occurred_on", "")), reverse=True))


def stands(note: Record, resource: Record) -> bool:
    """Whether the resource was not checked since: one's own note gives way to a check on a later day than its own, what
    others told to any that they did not know of, and a lead takes back what is shared.
    """
    assured = str(resource.fields.get("assured_date", ""))
    if note.type == SHARED:
        return True
    return str(note.fields.get("checked" if note.type == TOLD else "occurred_on", "")) >= assured


def numbers_of(resource: Record) -> list[str]:
    """The telephone numbers of a resource, the first to be called first."""
    phones: Any = resource.fields.get("phones")
    entries = phones if isinstance(phones, list) else []
    return [number for one in entries if isinstance(one, dict) and isinstance(number := one.get("number"), str)]


def note_failure(records: Records, resource: bytes, failure: str, number: str = "", *, telling: bool = True) -> bytes:
    """Note that a number of a resource did not work; returns the note's id.

    A lead's note is shared with all. A supporter's is their own, and told to the leads without their name if they are
    `telling`. Raises NotFound if there is no such resource, RecordError.
    """
    if records.get(resource).type != RESOURCE:
        raise NotFound(Sentence("why_no_resource"))
    fields: dict[str, object] = {"resource": resource, "failure": failure, **({"number": number} if number else {})}
    if is_lead(records):
        return records.log(SHARED, fields)
    return records.log(OWN, {**fields, "report": records.new_id()} if telling else fields)


def is_lead(records: Records) -> bool:
    """Whether this phone may write what all read."""
    return records.view.follows("leads")


def mark_checked(records: Records, resource: bytes, fields: Fields | None = None) -> int:
    """The lead has checked a resource today: set its date and `fields`, and clear its notes; returns how many.

    Raises NotFound, NotAllowed, RecordError.
    """
    record = records.get(resource)
    if record.type != RESOURCE:
        raise NotFound(Sentence("why_no_resource"))
    notes = Failures.read(records).notes.get(resource, ())
    records.edit(resource, {**(fields or {}), "assured_date": records.today().isoformat()})
    for note in notes:
        records.delete(note.id)
    return len(notes)
