"""The programme's shared records: its resource directory and its settings."""

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.public.encoding import encode
from device.records import Records
from device.view import PROGRAMME, Record
from schemas.records import Fields, Freshness, resource_key, search

RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, and how far its last check lies back; `matched` is False for a crisis entry shown regardless."""

    record: Record
    freshness: Freshness
    matched: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """How many resources an import added, changed, and found as they were."""

    added: int
    changed: int
    same: int


def find(
    records: Records, text: str = "", *, category: str | None = None, lang: str = "en", limit: int = 20
) -> list[Found]:
    """The resources that fit `text`, best first, from this phone alone; a crisis entry always among them."""
    resources = {record.id: record for record in records.list(RESOURCE)}
    hits = search(
        {key: record.fields for key, record in resources.items()},
        text,
        today=records.today(),
        lang=lang,
        category=category,
        limit=limit,
    )
    return [Found(resources[hit.key], hit.freshness, hit.matched) for hit in hits]


def import_resources(records: Records, resources: Sequence[Fields]) -> Imported:
    """Add or update resources as `schemas.records.read_directory` gives them, matched by name and organization.

    A field that an entry leaves out is taken away; resources that are not in the file stay. Raises NotAllowed,
    RecordError.
    """
    here = {resource_key(record.fields): record for record in records.list(RESOURCE)}
    added = changed = same = 0
    for fields in resources:
        known = here.get(resource_key(fields))
        if known is None:
            records.log(RESOURCE, fields)
            added += 1
            continue
        differing = {name: value for name, value in fields.items() if not _holds(known, name, value)}
        gone = tuple(name for name in known.fields if name not in fields)
        if differing or gone:
            records.edit(known.id, differing, gone)
            changed += 1
        else:
            same += 1
    return Imported(added, changed, same)


def configure(records: Records, fields: Fields, removed: tuple[str, ...] = ()) -> bytes:
    """Set fields of the programme's settings; a lead's first call makes them. Returns the record's id."""
    known = records.view.programme()
    if known is None:
        return records.log(PROGRAMME, fields)
    records.edit(known.id, fields, removed)
    return known.id


def _holds(record: Record, name: str, value: object) -> bool:
    # 1 == True for Python.
    return name in record.fields and encode(record.fields[name]) == encode(value)  # type: ignore[arg-type]
