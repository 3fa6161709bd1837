"""Entries as they are stored: append one, find one by its author's number or its place."""

from dataclasses import dataclass

from store.transaction import Transaction
from sync.log import Chain, Entry

_BY_NUMBER = """
    SELECT position, leaf, header, signature FROM entries
    WHERE programme = ?1 AND log = ?2 AND device = ?3 AND sequence = ?4
"""
_BY_POSITION = """
    SELECT position, leaf, header, signature FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry that is in the database."""

    position: int
    leaf: bytes
    header: bytes
    signature: bytes


def append(transaction: Transaction, programme: bytes, chain: Chain, entry: Entry) -> None:
    """Store `entry` as the newest one of `chain`, which already ends with it."""
    header = entry.header
    transaction.append(
        (
            programme,
            chain.log,
            chain.position,
            header.device,
            header.sequence,
            entry.leaf,
            chain.head,
            entry.raw_header,
            entry.signature,
            entry.body,
        )
    )


def find(transaction: Transaction, programme: bytes, log: bytes, device: bytes, sequence: int) -> Stored | None:
    """The entry under this number, if there is one."""
    row = transaction.driver.execute(_BY_NUMBER, (programme, log, device, sequence)).fetchone()
    return Stored(*row) if row else None


def at(transaction: Transaction, programme: bytes, log: bytes, position: int) -> Stored | None:
    """The entry at this position, if there is one."""
    row = transaction.driver.execute(_BY_POSITION, (programme, log, position)).fetchone()
    return Stored(*row) if row else None
