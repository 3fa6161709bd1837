"""Records as the phone shows them: what has landed, overlaid by what is pending."""

from collections.abc import Iterator
from dataclasses import dataclass

from crypto.public.encoding import Canonical
from crypto.public.ids import log_id
from device.identity import Identity
from device.pending import overlay
from device.vault import Vault
from schemas.records import is_reserved
from sync.device.merge import RecordState, Value

SPACES = ("personal", "commons", "leads")
PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class Record:
    """One record. Field -> value; unknown types, fields and codes are there like all others.

    `conflicts`: field -> the values that lost unseen, the likeliest first; a `REMOVED` among them is a removal.
    `unsent`: something of it is only on this phone.
    """

    id: bytes
    type: str
    version: int
    space: str
    fields: dict[str, Canonical]
    conflicts: dict[str, list[Value]]
    unsent: bool


def day_of(record: Record) -> str:
    """The day that a record is dated by, as it wrote it; empty if it has none."""
    day = record.fields.get("completed" if record.type == "training" else "occurred_on")
    return day if isinstance(day, str) else ""


class View:
    """Reads for one identity."""

    def __init__(self, vault: Vault, identity: Identity) -> None:
        self._vault = vault
        self._device = identity.device
        programme, account = identity.programme, identity.account
        self.logs = {
            space: log_id(programme, space, account) if space == "personal" else log_id(programme, space)
            for space in SPACES
        }

    def state(self, record: bytes) -> tuple[str, RecordState] | None:
        """Space and state of a record, deleted or not; None if nothing is known of it."""
        for space, log in self.logs.items():
            state = self._overlaid(log, record)
            if state is not None:
                return space, state
        return None

    def record(self, record: bytes) -> Record | None:
        """None if it is unknown, deleted or reserved."""
        found = self.state(record)
        if found is None or not _shown(found[1]):
            return None
        unsent = record in self._pending(self.logs[found[0]])
        return _record(record, *found, unsent=unsent)

    def records(self, space: str, record_type: str | None = None) -> Iterator[Record]:
        """The live records of a space, of one type or of all that are not reserved, in the order of their ids."""
        log = self.logs[space]
        pending = self._pending(log)
        rows = (
            self._vault.read()
            .execute(
                "SELECT record, state FROM records WHERE log = ?1 AND deleted = 0 AND (?2 IS NULL OR type = ?2)",
                (log, record_type),
            )
            .fetchall()
        )
        landed: dict[bytes, bytes] = dict(rows)
        for record in sorted(landed.keys() | pending):
            state = self._overlaid(log, record) if record in pending else RecordState.decode(landed[record])
            if state is not None and _shown(state) and record_type in (None, state.type):
                yield _record(record, space, state, unsent=record in pending)

    def programme(self) -> Record | None:
        """The programme's settings; should two leads have made them at once, all phones take the lower id."""
        return next(self.records("commons", PROGRAMME), None)

    def unsent(self) -> int:
        """How many records have something that is only on this phone."""
        rows = self._vault.read().execute("SELECT DISTINCT log, record, type FROM pending").fetchall()
        return len({(log, record) for log, record, kind in rows if not is_reserved(kind)})

    def follows(self, space: str) -> bool:
        """Whether this phone has pulled the space: none but leads ever get to see `leads`."""
        return (
            self._vault.read().execute("SELECT 1 FROM logs WHERE log = ?", (self.logs[space],)).fetchone() is not None
        )

    def _pending(self, log: bytes) -> set[bytes]:
        rows = self._vault.read().execute("SELECT DISTINCT record FROM pending WHERE log = ?", (log,)).fetchall()
        return {row[0] for row in rows}

    def _overlaid(self, log: bytes, record: bytes) -> RecordState | None:
        row = (
            self._vault.read()
            .execute("SELECT state FROM records WHERE log = ? AND record = ?", (log, record))
            .fetchone()
        )
        landed = None if row is None else RecordState.decode(row[0])
        return overlay(self._vault.read(), log, self._device, record, landed)


def _shown(state: RecordState) -> bool:
    return not state.deleted and not is_reserved(state.type)


def _record(record: bytes, space: str, state: RecordState, *, unsent: bool) -> Record:
    conflicts = {name: [each.value for each in lost] for name, lost in state.conflicts().items()}
    return Record(record, state.type, state.version, space, state.values(), conflicts, unsent)
