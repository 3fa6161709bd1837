"""What the owner of a phone does with records. Everything works offline; the next flush carries it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from crypto.public.base64url import b64
from crypto.public.encoding import Canonical, encode
from crypto.public.randomness import Randomness
from device.crisis import write_card
from device.identity import load_identity
from device.pending import stage
from device.vault import Vault
from device.view import PROGRAMME, SPACES, Record, View, day_of
from schemas.records import Fields, Sentence, Value, export_record, prepare, record_type
from schemas.records.sheet import write_sheet
from sync.device.changes import Change
from sync.device.merge import REMOVED, RecordState, Removed

RECORD_ID_SIZE = 16

Listing: TypeAlias = list[Record]
Export: TypeAlias = list[dict[str, Any]]


class RecordsError(Exception):
    """Something that cannot be done with a record, in words for its owner; nothing was changed."""


class NotJoined(RecordsError):
    """This phone belongs to no programme yet."""


class NotFound(RecordsError):
    """There is no such record: it never was here, or was deleted."""


class NotAllowed(RecordsError):
    """Leads alone write there."""


class AlreadySet(RecordsError):
    """Completing fills in what is missing; it never overwrites."""


class NoConflict(RecordsError):
    """The field is not in conflict."""


class Records:
    """The records of an open vault. `today`: the owner's own calendar day, for `occurred_on` and its bounds.

    What is to be written is checked by `schemas.records`: each writing method raises its RecordError.
    """

    def __init__(self, vault: Vault, today: Callable[[], date], randomness: Randomness) -> None:
        self.vault = vault
        self.today = today
        self._randomness = randomness
        self._view: View | None = None

    @property
    def view(self) -> View:
        """Raises NotJoined."""
        if self._view is None:
            identity = load_identity(self.vault.read())
            if identity is None or not identity.programme or not identity.account:
                raise NotJoined(Sentence("why_not_joined"))
            self._view = View(self.vault, identity)
        return self._view

    def log(self, kind: str, fields: Fields) -> bytes:
        """A new record; returns its id (16 bytes)."""
        ready = prepare(kind, fields, today=self.today(), programme=self.programme())
        record = self.new_id()
        known = record_type(kind)
        self._stage(known.space, Change(record, kind, known.version, deleted=False, fields=ready, removed=()))
        return record

    def new_id(self) -> bytes:
        return self._randomness(RECORD_ID_SIZE)

    def edit(self, record: bytes, fields: Fields, removed: tuple[str, ...] = ()) -> None:
        """Set `fields` and take `removed` away; whatever else the record holds, also unknown to us, stays.

        Raises NotFound, NotAllowed.
        """
        space, state = self._live(record)
        stored = state.values()
        ready = prepare(
            state.type,
            fields,
            today=self.today(),
            programme=self.programme(),
            stored=stored,
            removed=removed,
        )
        gone = tuple(sorted(name for name in set(removed) if name in stored))
        if ready or gone:
            self._stage(space, _change(record, state, ready, gone))

    def complete(self, record: bytes, fields: Fields) -> None:
        """Fill in fields that were left out of a quick log. Raises AlreadySet, NotFound, NotAllowed."""
        taken = self._live(record)[1].values().keys() & fields.keys()
        if taken:
            raise AlreadySet(Sentence("why_set", fields=", ".join(sorted(taken))))
        self.edit(record, fields)

    def delete(self, record: bytes) -> None:
        """Delete a record for ever, on all phones. Raises NotFound, NotAllowed."""
        space, state = self._live(record)
        self._stage(space, Change(record, state.type, state.version, deleted=True, fields={}, removed=()))

    def get(self, record: bytes) -> Record:
        """Raises NotFound."""
        found = self.view.record(record)
        if found is None:
            raise NotFound(Sentence("why_not_found"))
        return found

    def list(self, kind: str | None = None, since: date | None = None) -> Listing:
        """Records of one type, or of all in the personal space; the newest first where they have a day.

        `since`: leaves out what occurred earlier. A type of a newer version is looked for in the personal space.
        """
        try:
            space = "personal" if kind is None else record_type(kind).space
        except ValueError:
            space = "personal"
        found = [(day_of(record), record) for record in self.view.records(space, kind)]
        found.sort(key=lambda pair: pair[0], reverse=True)
        return [record for day, record in found if since is None or not day or day >= since.isoformat()]

    def conflicts(self) -> Listing:
        """All records with a field that two phones wrote without knowing of each other."""
        return [record for space in SPACES for record in self.view.records(space) if record.conflicts]

    def resolve(self, record: bytes, field: str, value: Value | Removed) -> None:
        """Settle a conflict: by one of its values, whatever they are, or by a new one that is checked.

        Raises NoConflict, NotFound, NotAllowed.
        """
        space, state = self._live(record)
        if field not in state.conflicts():
            raise NoConflict(Sentence("why_no_conflict", field=field))
        if value is REMOVED:
            change = _change(record, state, {}, (field,))
        elif any(_same(value, each.value) for each in state.fields[field]):
            change = _change(record, state, {field: value}, ())
        else:
            ready = prepare(
                state.type, {field: value}, today=self.today(), programme=self.programme(), stored=state.values()
            )
            change = _change(record, state, ready, ())
        self._stage(space, change, resolving=True)

    def programme(self) -> dict[str, Canonical] | None:
        """The programme's settings; None before the first sync that brings them."""
        found = self.view.programme()
        return None if found is None else found.fields

    def unsent(self) -> int:
        """How many records have something that is only on this phone, flushed or not, until the server has it."""
        return self.view.unsent()

    def export(self, kind: str | None = None) -> Export:
        """The owner's own records, of one type or all, as plain JSON, by their ids; without the reserved ones."""
        return [
            dict(export_record(record.id, record.type, record.version, record.fields))
            for record in self.view.records("personal", kind)
        ]

    def export_sheet(self, kind: str | None = None) -> str:
        """The same as one CSV table; see `schemas.records.sheet`."""
        return write_sheet(
            (b64(record.id), record.type, record.version, record.fields)
            for record in self.view.records("personal", kind)
        )

    def refresh_card(self) -> None:
        """Bring the crisis card up to the programme's settings; to be called after each pull."""
        write_card(self.vault.directory, self.programme())

    def _live(self, record: bytes) -> tuple[str, RecordState]:
        self.get(record)
        found = self.view.state(record)
        if found is None:
            raise NotFound(Sentence("why_not_found"))
        return found

    def _stage(self, space: str, change: Change, *, resolving: bool = False) -> None:
        if space != "personal" and not self.view.follows("leads"):
            raise NotAllowed(Sentence("why_shared", type=change.type))
        with self.vault.write() as connection:
            stage(connection, self.view.logs[space], change, resolving=resolving)
        if change.type == PROGRAMME:
            self.refresh_card()


def _change(record: bytes, state: RecordState, fields: Mapping[str, Canonical], removed: tuple[str, ...]) -> Change:
    version = max(state.version, record_type(state.type).version)
    return Change(record, state.type, version, deleted=False, fields=dict(fields), removed=removed)


def _same(one: Canonical, other: Canonical | Removed) -> bool:
    # 1 == True for Python.
    return other is not REMOVED and encode(one) == encode(other)
