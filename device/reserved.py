"""Records that are the phone's own business: account keys, members' names. Never shown as entries, never exported."""

from typing import Any

from crypto.public.encoding import Canonical
from device.pending import stage
from sync.device.changes import Change
from sync.device.merge import RecordState

ACCOUNT_KEYS = "account_keys"
MEMBER = "member"
RELEASE = "release"
REPORT = "report"
PREFERENCES = "preferences"
VERSION = 1


def stage_reserved(connection: Any, log: bytes, record: bytes, kind: str, fields: dict[str, Canonical]) -> None:
    """Add a reserved record to what the next flush of `log` says."""
    stage(connection, log, Change(record, kind, VERSION, deleted=False, fields=fields, removed=()))


def reserved_values(connection: Any, log: bytes, kind: str) -> list[dict[str, Canonical]]:
    """Values of all landed records of a reserved type."""
    rows = connection.execute(
        "SELECT state FROM records WHERE log = ? AND type = ? AND deleted = 0 ORDER BY record", (log, kind)
    ).fetchall()
    return [RecordState.decode(state).values() for (state,) in rows]
