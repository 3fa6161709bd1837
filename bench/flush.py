"""What is measured: contacts of about 300 bytes, flushes of them, and their sealed entries."""

import os
from collections.abc import Iterator, Sequence

from crypto.public.encoding import Canonical
from crypto.public.signing import SigningKey
from sync.device.author import Place, seal_entry
from sync.device.changes import Change, Content, Group, encode_content
from sync.log import Entry

PER_FLUSH = 100
"""Records of a large flush: their 32 KB take the rung of 64 KiB."""
PER_SMALL_FLUSH = 10
"""Records of a small flush: their 3.2 KB take the rung of 4 KiB."""
WRITTEN_AT = 1_772_000_000

CONTACT: dict[str, Canonical] = {
    "occurred_on": "2026-03-01",
    "contact_kind": "one_to_one",
    "modality": "phone",
    "duration_band": "m15_29",
    "reasons": {"primary": "moral_injury_distress", "others": ["burnout_exhaustion"]},
    "disposition": "followup_agreed",
    "role_group": "nursing",
    "unit_group": "critical_care",
    "actions": ["listened", "coping_information"],
    "followup_due": "w1",
    "visit_number": "first",
}


def changes(count: int) -> tuple[Change, ...]:
    """New records, each of 323 bytes with its id and type."""
    return tuple(
        [Change(os.urandom(16), "contact", 1, deleted=False, fields=CONTACT, removed=()) for _ in range(count)]
    )


def plaintext(records: int, stamp: int = 1, seen: int = 0) -> bytes:
    """The content of a flush of new records; without records that of an empty flush."""
    groups = (Group(None, stamp, seen, changes(records)),) if records else ()
    return encode_content(Content(WRITTEN_AT, groups))


def sealed(place: Place, epoch_key: bytes, key: SigningKey, contents: Sequence[bytes]) -> Iterator[Entry]:
    """One entry a content, each behind the one before: what waits in the outbox of a phone that was offline."""
    for content in contents:
        entry = seal_entry(place, 1, epoch_key, content, key, os.urandom)
        place = place.after(entry)
        yield entry
