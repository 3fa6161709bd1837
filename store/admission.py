"""Admits one entry to the end of its log: judged as a reader judges it, then by what a server alone can see."""

from functools import partial

from store.entries import append
from store.erasures import named, named_in_history, note_erasing
from store.transaction import Transaction
from store.witness import add_log, check_stated
from sync.erasure import CLEAR, decode_erasing
from sync.errors import Refused
from sync.log import Entry
from sync.roster import apply
from sync.state import RULES
from sync.statement import Statement
from sync.statements import Restored, SetRules, decode_statement
from sync.witness import WITNESS, check_entry


def check_log(log: bytes, entry: Entry) -> None:
    """Refused `entry-malformed` unless the entry is one of this log."""
    if entry.header.log != log:
        raise Refused("entry-malformed", "the header names another log")


def admit(transaction: Transaction, programme: bytes, log: bytes, entry: Entry, day: int, *, new: bool) -> int:
    """Position at which the entry stands now. `new`: pushed by its author; else given back, however old it is.

    A new statement ends healing if it is the `restored` for which it waits. Raises Refused as page 8 lists it.
    """
    header, state = entry.header, transaction.state(programme)
    if state is None:
        raise LookupError("no such programme")
    if new and state.healing and header.kind != Restored.kind:
        raise Refused("healing", "the server is being healed after a restore: it takes nothing new yet")
    if log == programme:
        roster = apply(state.roster, entry)
        check_day(decode_statement(header.kind, entry.check_body()), day, new=new)
        _check_rules(entry)
        chain = roster.chain
        transaction.set(state.with_roster(roster))
        if new and state.healing:
            transaction.end_healing(programme)
    else:
        heads = partial(transaction.head_at, programme, log)
        leaves = (
            partial(named, transaction, programme, log, day=day)
            if new
            else partial(named_in_history, transaction, programme, log)
        )
        chain = check_entry(
            state.roster, transaction.chain(programme, log, header.device), entry, heads, leaves, new=new
        )
        if header.kind in CLEAR:
            check_day(decode_erasing(header.kind, entry.check_body()), day, new=new)
        if header.kind == WITNESS:
            if new:
                check_stated(transaction, programme, entry, day)
            add_log(transaction, programme, log)
        transaction.set(state.with_chain(chain))
    append(transaction, programme, chain, entry)
    if header.kind in CLEAR:
        # What is given back and due waits for the server's timer: its withdrawal may be the next entry.
        note_erasing(transaction, programme, chain, entry, day=day if new else None)
    return chain.position


def check_day(statement: Statement, day: int, *, new: bool) -> None:
    """Refused `day-off` for a day ahead of the server's, by which roster time, and all delays, would move; and for a
    new statement that lies behind.
    """
    if statement.day > day + 1 or (new and statement.day < day - 1):
        raise Refused("day-off", f"the server's day is {day}", server_day=day)


def _check_rules(entry: Entry) -> None:
    """Refused `statement-unsupported` for rules beyond this server's own: it could not judge what follows."""
    statement = decode_statement(entry.header.kind, entry.check_body())
    if isinstance(statement, SetRules) and statement.version > RULES:
        raise Refused("statement-unsupported", f"this server implements rules version {RULES}")
