"""Bringing entries of a file in: of an export, or of a table that was kept elsewhere."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crypto.errors import EncodingError
from crypto.public.encoding import encode
from device.pending import stage
from device.records import Records, RecordsError
from schemas.records.entries import Entry
from sync.device.author import LARGEST
from sync.device.changes import Change, Content, ContentError, Group, encode_content


class NotImportable(RecordsError):
    """An entry that no phone could write; nothing was imported."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entries were added, and how many were not: here already as they are; here and changed since, or of an
    older export (the phone's own stay); deleted here.
    """

    added: int
    same: int
    changed: int
    deleted: int


def import_entries(records: Records, entries: Sequence[Entry]) -> Imported:
    """Add what is not here, all in one transaction, or nothing.

    An entry with an id is the record of that id. Without one it is new, unless as many records that say the very same
    are here: a table that is imported twice is in once. Raises NotImportable, NotJoined.
    """
    view, counts, changes = records.view, Counter[str](), list[Change]()
    here = Counter(_content(record.type, record.fields) for record in view.records("personal"))
    for entry in entries:
        change = _change(entry, entry.id or records.new_id())
        if entry.id is None:
            content = _content(entry.type, entry.fields)
            if here[content]:
                here[content] -= 1
                counts["same"] += 1
                continue
        known = None if entry.id is None else view.state(entry.id)
        if known is None:
            changes.append(change)
            counts["added"] += 1
        elif known[0] != "personal":
            raise NotImportable(f"row {entry.row}: this id is one of the programme's records")
        elif known[1].deleted:
            counts["deleted"] += 1
        else:
            same = _content(known[1].type, known[1].values()) == _content(entry.type, entry.fields)
            counts["same" if same else "changed"] += 1
    with records.vault.write() as connection:
        for change in changes:
            stage(connection, view.logs["personal"], change)
    return Imported(counts["added"], counts["same"], counts["changed"], counts["deleted"])


def _change(entry: Entry, record: bytes) -> Change:
    """Raises NotImportable for what would stop the flush of everything else."""
    change = Change(record, entry.type, entry.version, deleted=False, fields=entry.fields, removed=())
    try:
        size = len(encode_content(Content(2**53 - 1, (Group(None, 1, 0, (change,)),))))
    except (ContentError, EncodingError) as error:
        raise NotImportable(f"row {entry.row}: {error}") from None
    # The origin, stamps and times of a repack take some room.
    if size > LARGEST - 1024:
        raise NotImportable(f"row {entry.row}: an entry of {size} bytes is too large")
    return change


def _content(kind: str, fields: object) -> bytes:
    return encode([kind, fields])
