"""The programme's shared records: its resource directory and its settings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crypto.public.encoding import encode
from device.failures import Failures
from device.records import Records
from device.view import PROGRAMME, Record
from schemas.records import Fields, Freshness, Index, freshness, resource_key

RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Found:
    """A resource, and how far its last check lies back; `matched` is False for a crisis entry shown regardless.

    `failed`: what was noted of its numbers that did not work, the newest first.
    """

    record: Record
    freshness: Freshness
    matched: bool
    failed: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """How many resources an import added, changed, and found as they were."""

    added: int
    changed: int
    same: int


class Directory:
    """The resources of one phone, ready to be searched with each letter that is typed.

    They are read and indexed again after whatever was written into the vault, be it a sync or an edit.
    """

    def __init__(self, records: Records, lang: str = "en") -> None:
        self._records = records
        self._lang = lang
        self._written = -1
        self._resources: dict[bytes, Record] = {}
        self._failures = Failures({})
        self._index: Index[bytes] = Index({}, lang)

    def find(
        self, text: str = "", *, category: str | None = None, language: str | None = None, limit: int = 20
    ) -> list[Found]:
        """The resources that fit `text`, best first, from this phone alone; a crisis entry always among them."""
        self._follow()
        today = self._records.today()
        hits = self._index.search(text, today=today, category=category, language=language, limit=limit)
        return [self._found(hit.key, hit.freshness, matched=hit.matched) for hit in hits]

    def due(self) -> list[Found]:
        """What a lead is to look after: numbers that did not work, then what was not checked for long."""
        self._follow()
        return sorted(self._due(), key=_urgency)

    def _due(self) -> Iterator[Found]:
        today = self._records.today()
        for key, record in self._resources.items():
            found = self._found(key, freshness(record.fields, today), matched=True)
            gone = record.fields.get("status") == "defunct"
            if found.failed or (found.freshness != Freshness.FRESH and not gone):
                yield found

    def _found(self, key: bytes, fresh: Freshness, *, matched: bool) -> Found:
        return Found(self._resources[key], fresh, matched, self._failures.of(self._resources[key]))

    def _follow(self) -> None:
        # A rebuilt log changes records at the same position: only that nothing was written says that nothing changed.
        written = self._records.vault.read().total_changes
        if written != self._written:
            self._resources = {record.id: record for record in self._records.list(RESOURCE)}
            self._failures = Failures.read(self._records)
            self._index = Index({key: record.fields for key, record in self._resources.items()}, self._lang)
            self._written = written


def _urgency(found: Found) -> tuple[bool, bool, int, str]:
    fields = found.record.fields
    order = tuple(Freshness).index(found.freshness)
    return fields.get("is_crisis") is not True, not found.failed, -order, str(fields.get("name", "")).casefold()


def find(
    records: Records,
    text: str = "",
    *,
    category: str | None = None,
    language: str | None = None,
    lang: str = "en",
    limit: int = 20,
) -> list[Found]:
    """One search of a phone that is opened for it alone; else as `Directory.find`."""
    return Directory(records, lang).find(text, category=category, language=language, limit=limit)


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
