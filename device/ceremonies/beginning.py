"""Beginning with new keys: what others signed and never delivered is taken back, and what the person wrote is kept."""

from dataclasses import replace
from typing import Any

from crypto.public.ids import log_id
from device import former, landing
from device.identity import Identity, load_identity, store_identity
from device.reserved import ACCOUNT_KEYS, MEMBER


def begin(connection: Any, identity: Identity) -> Identity:
    """Store a new identity in the caller's transaction, `Vault.write(new_keys=True)`; returns it as stored.

    A phone that had arrived before keeps its records, and its account with them: it can only come back to that one.
    """
    old = load_identity(connection)
    withdraw(connection)
    if old is not None and has_history(connection, old):
        identity = replace(identity, programme=old.programme, account=old.account)
        former.note(connection, old.device)
    elif old is not None:
        forget(connection)
    store_identity(connection, identity)
    return identity


def has_history(connection: Any, identity: Identity) -> bool:
    """Whether this phone has verified entries of the identity's personal space, by whatever keys it came in."""
    if not identity.account:
        return False
    personal = log_id(identity.programme, "personal", identity.account)
    return connection.execute("SELECT 1 FROM entries WHERE log = ?", (personal,)).fetchone() is not None


def withdraw(connection: Any) -> None:
    """Empty the outbox; its changes are to be sealed again. New keys number their entries from the start."""
    for log, sequence in connection.execute("SELECT log, sequence FROM outbox").fetchall():
        landing.unflush(connection, log, sequence)
    connection.execute("DELETE FROM outbox")
    connection.execute("DELETE FROM meta WHERE key LIKE 'signed:%' OR key IN ('cloned', 'challenge', 'refused_on')")


def forget(connection: Any) -> None:
    """The programme of a ticket that led nowhere: another one shows its roster from the start."""
    for table in (
        "entries",
        "epoch_keys",
        "quarantine",
        "erasures",
        "erased",
        "omissions",
        "witnessed",
        "claims",
        "forks",
    ):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.execute("DELETE FROM logs WHERE name IN ('roster', 'witness')")
    connection.execute("DELETE FROM pending WHERE type IN (?, ?)", (ACCOUNT_KEYS, MEMBER))


def take_over(connection: Any, name: str, log: bytes) -> None:
    """What was written for a space of an earlier try to come in belongs to the one that is followed now."""
    others = "log <> ?1 AND log IN (SELECT log FROM logs WHERE name = ?2)"
    connection.execute(f"UPDATE pending SET log = ?1, seen = 0 WHERE {others}", (log, name))  # noqa: S608
    connection.execute("DELETE FROM logs WHERE log <> ?1 AND name = ?2", (log, name))
