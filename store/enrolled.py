"""Rows that follow from the roster: the logs that exist, and the principals by whom a session is found."""

from collections.abc import Iterable

from sqlalchemy import insert
from sqlmodel import col, select

from crypto.public.ids import invite_id
from store.tables import LogRow, PrincipalRow
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Entry
from sync.state import RosterState
from sync.statements import Invite, decode_statement


def add_roster(transaction: Transaction, programme: bytes) -> None:
    """The row of the roster's own log, before its first entry."""
    row = {"programme": programme, "log": programme, "kind": "roster", "account": None}
    transaction.connection.execute(insert(LogRow), row)


def register(transaction: Transaction, before: RosterState, after: RosterState, new: Iterable[Entry]) -> None:
    """Add the spaces and principals that new roster entries brought.

    Returns at once if the roster is the same, as it is after most pushes. Raises Refused `exists` if another programme
    has the same device or invite: its keys were used twice.
    """
    if after is before:
        return
    spaces = [
        {"programme": after.programme, "log": log, "kind": space.name, "account": space.account or None}
        for log, space in after.spaces.items()
        if log not in before.spaces
    ]
    if spaces:
        transaction.connection.execute(insert(LogRow), spaces)
    ids = [id_ for entry in new if (id_ := _principal(entry, after.programme)) is not None]
    if not ids:
        return
    taken = select(PrincipalRow.principal).where(col(PrincipalRow.principal).in_(ids))
    if transaction.connection.execute(taken).first() is not None:
        raise Refused("exists", "the keys of this device or invite are in use already")
    rows = [{"programme": after.programme, "principal": id_} for id_ in ids]
    transaction.connection.execute(insert(PrincipalRow), rows)


def _principal(entry: Entry, programme: bytes) -> bytes | None:
    header = entry.header
    if header.log != programme:
        return None
    if header.kind in ("found", "join"):
        return header.device
    if header.kind == Invite.kind:
        statement = decode_statement(header.kind, entry.check_body())
        if isinstance(statement, Invite):
            return invite_id(statement.signing_key, statement.hpke_hash)
    return None
