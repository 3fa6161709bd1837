"""Erasing bodies (docs/protocol/5-sealed.md): which ones are marked, and when they go."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from store.pull import stretches
from store.transaction import Transaction
from sync.erasure import CLEAR, Erasing, Named, Withdraw, decode_erasing, withdrawable_until
from sync.log import Chain, Entry, Header

# Few and rare: an index by leaf would cost every push.
_BY_LEAF = """
    SELECT position, leaf, header FROM entries WHERE programme = ?1 AND log = ?2 AND leaf IN ({})
"""
_LEAF = "SELECT leaf, body IS NOT NULL FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3"
_ABOVE = """
    SELECT leaf, header, body FROM entries
    WHERE programme = ?1 AND log = ?2 AND position > ?3 AND position <= ?4 ORDER BY position
"""
_BODY = "SELECT body FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3"
_MARKED = "SELECT 1 FROM erasures WHERE programme = ?1 AND log = ?2 AND erasure = ?3 LIMIT 1"
_MARK = "INSERT INTO erasures (programme, log, erasure, position, due) VALUES (?1, ?2, ?3, ?4, ?5)"
_WITHDRAW = "DELETE FROM erasures WHERE programme = ?1 AND log = ?2 AND erasure = ?3"
_DUE = "SELECT programme, log, erasure, position FROM erasures WHERE due <= ?1 LIMIT ?2"
_ERASE = "UPDATE entries SET body = NULL WHERE programme = ?1 AND log = ?2 AND position = ?3"
_UNMARK = "DELETE FROM erasures WHERE programme = ?1 AND log = ?2 AND erasure = ?3 AND position = ?4"

BATCH = 1_024
"""Bodies erased in one job: pushes wait behind it."""


def named(
    transaction: Transaction, programme: bytes, log: bytes, leaves: Collection[bytes], *, day: int
) -> Mapping[bytes, Named]:
    """A `sync.erasure.Find` over the stored entries; what is due on `day` is withdrawn no more: it may be gone."""
    found = {}
    for position, leaf, raw in _entries(transaction, programme, log, leaves):
        kind, due = Header.decode(raw).kind, None
        if kind in CLEAR and transaction.driver.execute(_MARKED, (programme, log, position)).fetchone():
            (body,) = transaction.driver.execute(_BODY, (programme, log, position)).fetchone()
            until = withdrawable_until(decode_erasing(kind, body))
            due = until if until is not None and until > day else None
        found[leaf] = Named(position, kind, due)
    return found


def named_in_history(
    transaction: Transaction, programme: bytes, log: bytes, leaves: Collection[bytes]
) -> Mapping[bytes, Named]:
    """A `sync.erasure.Find` over the stored entries, as a reader of history judges them, whatever is erased by now."""
    found = {}
    for position, leaf, raw in _entries(transaction, programme, log, leaves):
        kind, due = Header.decode(raw).kind, None
        if kind in CLEAR and not _is_withdrawn(transaction, programme, log, position, leaf):
            (body,) = transaction.driver.execute(_BODY, (programme, log, position)).fetchone()
            due = withdrawable_until(decode_erasing(kind, body))
        found[leaf] = Named(position, kind, due)
    return found


def note_erasing(transaction: Transaction, programme: bytes, chain: Chain, entry: Entry, *, day: int | None) -> None:
    """Make or withdraw the marks of `entry`, a clear one with which `chain` ends; those due on `day`, if it is given,
    go at once.
    """
    statement = decode_erasing(entry.header.kind, entry.check_body())
    if isinstance(statement, Withdraw):
        ((erasure, _, _),) = _entries(transaction, programme, chain.log, [statement.leaf])
        transaction.driver.execute(_WITHDRAW, (programme, chain.log, erasure))
        return
    marks = [
        (programme, chain.log, chain.position, position)
        for position, _, _ in _entries(transaction, programme, chain.log, statement.leaves)
    ]
    transaction.driver.executemany(_MARK, [(*mark, statement.due) for mark in marks])
    if day is not None and statement.due <= day:
        _erase(transaction, marks)


def is_lost(transaction: Transaction, programme: bytes, log: bytes, position: int) -> bool:
    """Whether the body of an entry is missing, and no `erase` in force names it: what was erased does not come back."""
    leaf, present = transaction.driver.execute(_LEAF, (programme, log, position)).fetchone()
    if present:
        return False
    naming = set[bytes]()
    for erasure, statement in _erasing_above(transaction, programme, log, position):
        if isinstance(statement, Withdraw):
            naming.discard(statement.leaf)
        elif leaf in statement.leaves:
            naming.add(erasure)
    return not naming


def _is_withdrawn(transaction: Transaction, programme: bytes, log: bytes, position: int, erasure: bytes) -> bool:
    """Whether a `withdraw` undoes the `erase` that stands at `position`, and has this leaf."""
    above = _erasing_above(transaction, programme, log, position)
    return any(isinstance(statement, Withdraw) and statement.leaf == erasure for _, statement in above)


def _erasing_above(
    transaction: Transaction, programme: bytes, log: bytes, position: int
) -> Iterator[tuple[bytes, Erasing]]:
    """(leaf, statement) of the clear entries above a position, in their order."""
    for low, high in stretches(position, transaction.chain(programme, log).position):
        for leaf, raw, body in transaction.driver.execute(_ABOVE, (programme, log, low, high)):
            kind = Header.decode(raw).kind
            if kind in CLEAR:
                yield leaf, decode_erasing(kind, body)


def erase_due(transaction: Transaction, day: int) -> bool:
    """Erase bodies that are due on `day`; True if there may be more.

    Always leaves nothing of them in the write-ahead log: an earlier process may have died before it did.
    """
    marks = transaction.driver.execute(_DUE, (day, BATCH)).fetchall()
    _erase(transaction, marks)
    return len(marks) == BATCH


def _erase(transaction: Transaction, marks: Sequence[tuple[bytes, bytes, int, int]]) -> None:
    transaction.driver.executemany(_ERASE, [(programme, log, position) for programme, log, _, position in marks])
    transaction.driver.executemany(_UNMARK, marks)
    transaction.erased = True


def _entries(transaction: Transaction, programme: bytes, log: bytes, leaves: Collection[bytes]) -> list[Any]:
    """(position, leaf, header) of those of the leaves that the log has."""
    marks = ", ".join(f"?{number}" for number in range(3, 3 + len(leaves)))
    return transaction.driver.execute(_BY_LEAF.format(marks), (programme, log, *leaves)).fetchall()
