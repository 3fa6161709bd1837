"""Numbers of the directory that did not work: noted by a supporter, told to the lead, shown to all by the lead.

Members write nothing that others read, so a supporter's note stays in their own records until they tell a lead; what a
lead notes lies in the directory, and says nothing of who told them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device.records import NotFound, Records
from device.view import Record
from schemas.records import Fields, Sentence

OWN, SHARED = "failed_call", "failing_number"
RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Failures:
    """Notes by the id of the resource that they are about."""

    notes: Mapping[bytes, Sequence[Record]]

    @classmethod
    def read(cls, records: Records) -> "Failures":
        """All notes of this phone, own and shared."""
        found: dict[bytes, list[Record]] = {}
        for note in (*records.list(SHARED), *records.list(OWN)):
            resource = note.fields.get("resource")
            if isinstance(resource, bytes):
                found.setdefault(resource, []).append(note)
        return cls(found)

    def of(self, resource: Record) -> tuple[Record, ...]:
        """The notes that stand, the newest first: one's own until the lead has checked the resource on a later day."""
        assured = str(resource.fields.get("assured_date", ""))
        standing = [
            note
            for note in self.notes.get(resource.id, ())
            if note.type == SHARED or str(note.fields.get("occurred_on", "")) >= assured
        ]
        return tuple(sorted(standing, key=lambda note: str(note.fields.get("occurred_on", "")), reverse=True))


def note_failure(records: Records, resource: bytes, failure: str, number: str = "") -> bytes:
    """Note that a number of a resource did not work; returns the note's id.

    A lead's note is shared with all, a supporter's is their own. Raises NotFound if there is no such resource,
    RecordError.
    """
    if records.get(resource).type != RESOURCE:
        raise NotFound(Sentence("why_no_resource"))
    fields: dict[str, object] = {"resource": resource, "failure": failure, **({"number": number} if number else {})}
    return records.log(SHARED if is_lead(records) else OWN, fields)


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
