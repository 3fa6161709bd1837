"""Founds a programme, against a token of the operator."""

from hashlib import sha256

from sqlalchemy import delete, insert
from sqlmodel import col

from store.admission import check_day
from store.enrolled import add_roster, register
from store.entries import append, find
from store.rows import Applied, Rows, settle
from store.states import ProgrammeState
from store.tables import FoundingTokenRow, ProgrammeRow
from store.transaction import Transaction
from sync.errors import Refused
from sync.log import Entry
from sync.roster import apply
from sync.state import RosterState
from sync.statements import decode_statement


def found(
    transaction: Transaction, token: bytes, entry: Entry, rows: Rows, *, day: int, server_key: bytes, address: str
) -> RosterState:
    """The roster after `entry`. The token is spent in the same transaction; the same entry again is answered again.

    Raises Refused `founding-refused`, or as page 8 lists it for a statement and its rows.
    """
    header = entry.header
    programme = header.log
    existing = transaction.state(programme)
    if existing is not None:
        stored = find(transaction, programme, programme, header.device, header.sequence)
        if stored is None or stored.leaf != entry.leaf or stored.position != 1:
            raise Refused("founding-refused", "this is not the statement that founded the programme")
        return existing.roster
    spent = col(FoundingTokenRow.hash) == sha256(token).digest()
    if transaction.connection.execute(delete(FoundingTokenRow).where(spent)).rowcount != 1:
        raise Refused("founding-refused", "the token is unknown or spent")
    before = RosterState.start(programme)
    after = apply(before, entry)
    check_day(decode_statement(entry.header.kind, entry.check_body()), day, new=True)
    if (after.server_key, after.address) != (server_key, address):
        # Its devices would wait for ever for an answer signed with that other key.
        raise Refused("founding-refused", "the statement names another server key or address than this server's")
    transaction.connection.execute(insert(ProgrammeRow), {"programme": programme, "healing": False})
    add_roster(transaction, programme)
    append(transaction, programme, after.chain, entry)
    register(transaction, before, after, [entry])
    settle(transaction, Applied(before, after, [entry]), rows)
    transaction.set(ProgrammeState(after))
    return after
