"""From verified entries to records: open, parse, merge, or quarantine with the reason."""

from collections.abc import Collection, Iterable
from typing import Any

from crypto.errors import OpenFailed
from device import erasures, landing, outbox
from device.keyring import epoch_key
from device.ledger import stored_entry
from device.own_devices import note_heard
from device.vault import Vault
from device.voided import load_void
from sync.device.author import open_entry
from sync.device.changes import ContentError, decode_content
from sync.log import Entry
from sync.space import SEALED

KEY_MISSING = "key-missing"


def land_entries(
    connection: Any,
    device: bytes,
    log: bytes,
    entries: Iterable[tuple[int, Entry]],
    void: Collection[int] = (),
) -> int:
    """Merge entries at their positions, but for the `void`; own ones leave the outbox. Returns how many were own."""
    own = 0
    for position, entry in entries:
        if position not in void:
            land_entry(connection, log, position, entry, void)
        if entry.header.device == device:
            own += leave_outbox(connection, log, entry)
    return own


def land_statements(connection: Any, device: bytes, log: bytes, entries: Iterable[tuple[int, Entry]]) -> int:
    """Own statements that came back leave the outbox; returns how many."""
    return sum(leave_outbox(connection, log, entry) for _, entry in entries if entry.header.device == device)


def leave_outbox(connection: Any, log: bytes, entry: Entry) -> bool:
    """An own entry came back; True if this very entry waited. What another copy wrote under its number stays here."""
    sequence = entry.header.sequence
    kept = outbox.waiting_one(connection, log, sequence)
    if kept is None or kept.entry.leaf != entry.leaf:
        return False
    landing.landed(connection, log, sequence)
    outbox.drop(connection, log, sequence)
    return True


def written_by_copy(connection: Any, log: bytes, entry: Entry) -> bool:
    """Whether an own, verified entry is one that this database has never signed."""
    kept = outbox.waiting_one(connection, log, entry.header.sequence)
    if kept is not None:
        return kept.entry.leaf != entry.leaf
    return entry.header.sequence > outbox.last_signed(connection, log)


def land_entry(connection: Any, log: bytes, position: int, entry: Entry, void: Collection[int]) -> None:
    """One bad entry never stops the rest: what cannot be read is set aside and tried again later."""
    header = entry.header
    if header.kind != SEALED or entry.body is None:
        return
    key = epoch_key(connection, log, header.epoch)
    if key is None:
        quarantine(connection, log, position, KEY_MISSING)
        return
    try:
        content = decode_content(open_entry(entry, key))
        landing.land(connection, log, position, header.device, header.seen.position, content, void)
    except OpenFailed as error:
        quarantine(connection, log, position, f"sealed: {error.reason}")
    except ContentError as error:
        quarantine(connection, log, position, error.reason)
    else:
        outbox.advance_stamp(connection, log, max((group.stamp for group in content.groups), default=0))
        connection.execute("DELETE FROM quarantine WHERE log = ? AND position = ?", (log, position))
        note_heard(connection, log, header.device, position, content.written_at)


def quarantine(connection: Any, log: bytes, position: int, reason: str) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO quarantine(log, position, reason) VALUES (?, ?, ?)", (log, position, reason)
    )


def retry_all(vault: Vault) -> None:
    """Try all quarantined entries again, as at each start of the program: it may have learnt to read them."""
    rows = vault.read().execute("SELECT DISTINCT log FROM quarantine").fetchall()
    if rows:
        with vault.write() as connection:
            for (log,) in rows:
                retry_quarantined(connection, log)


def retry_quarantined(connection: Any, log: bytes) -> int:
    """Try all quarantined entries of a log again, after keys or software changed. Returns how many remain."""
    rows = connection.execute("SELECT position FROM quarantine WHERE log = ? ORDER BY position", (log,)).fetchall()
    _, void = load_void(connection, log)
    for (position,) in rows:
        entry = stored_entry(connection, log, position)
        if entry is not None and position not in void:
            land_entry(connection, log, position, entry, void)
    erasures.check_again(connection, log)
    return quarantined(connection, log)


def quarantined(connection: Any, log: bytes) -> int:
    row = connection.execute("SELECT COUNT(*) FROM quarantine WHERE log = ?", (log,)).fetchone()
    return int(row[0])
