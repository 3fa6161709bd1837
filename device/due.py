"""What is due: follow-ups that were agreed on, refreshers, supervision. On this phone alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from device.records import NotFound, Records
from device.view import Record
from schemas.records import Fields, Sentence, follow_up_due, refresher_due, supervision_due

AHEAD = 7
"""Days for which what falls due is told in advance."""


@dataclass(frozen=True, slots=True)
class Due:
    """`kind`: of the code list `due_kind`; `record`: of a follow-up, the contact that agreed on it."""

    kind: str
    on: date
    record: Record | None


def due(records: Records, ahead: int = AHEAD) -> list[Due]:
    """All that is due by today plus `ahead` days and was not settled, the earliest first."""
    today = records.today()
    found = [*_follow_ups(records), *_own(records, today)]
    return sorted((each for each in found if each.on <= today + timedelta(days=ahead)), key=lambda each: each.on)


def settle(records: Records, record: bytes) -> None:
    """The follow-up of a contact was done, or is not wanted any more: this phone reminds of it no longer.

    Nothing leaves the phone: the contact itself goes on saying that a follow-up was agreed on. Raises NotFound.
    """
    day = follow_up_due(records.get(record).fields)
    if day is None:
        raise NotFound(Sentence("why_no_follow_up"))
    here = {contact.id for contact in records.list("contact")}
    with records.vault.write() as connection:
        for (gone,) in connection.execute("SELECT record FROM settled").fetchall():
            if bytes(gone) not in here:
                connection.execute("DELETE FROM settled WHERE record = ?", (gone,))
        connection.execute("INSERT OR REPLACE INTO settled (record, due) VALUES (?, ?)", (record, day.isoformat()))


def _follow_ups(records: Records) -> Iterator[Due]:
    settled = dict[bytes, str](records.vault.read().execute("SELECT record, due FROM settled").fetchall())
    for contact in records.list("contact"):
        day = follow_up_due(contact.fields)
        # Agreed on anew, for a later day, it is due again.
        if day is not None and settled.get(contact.id, "") < day.isoformat():
            yield Due("follow_up", day, contact)


def _own(records: Records, today: date) -> Iterator[Due]:
    programme: Fields | None = records.programme()
    for kind, name, find in (("refresher", "training", refresher_due), ("supervision", "supervision", supervision_due)):
        day: Any = find([record.fields for record in records.list(name)], programme, today)
        if day is not None:
            yield Due(kind, day, None)
