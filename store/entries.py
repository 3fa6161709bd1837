"""The statements on `entries`, written for the driver: append one, find one by its author's number or its place."""

from dataclasses import dataclass

from store.transaction import Transaction
from sync.log import Chain, Entry

_INSERT = """
    INSERT INTO entries (programme, log, position, device, sequence, leaf, head, header, signature, body)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_BY_NUMBER = """
    SELECT position, leaf, header, signature FROM entries
    WHERE programme = ? AND log = ? AND device = ? AND sequence = ?
"""


_BY_POSITION = """
    SELECT position, leaf, header, signature FROM entries WHERE programme = ? AND log = ? AND position = ?
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
    transaction.driver.execute(
        _INSERT,
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
        ),
    )


def find(transaction: Transaction, programme: bytes, log: bytes, device: bytes, sequence: int) -> Stored | None:
    """The entry under this number, if there is one."""
    row = transaction.driver.execute(_BY_NUMBER, (programme, log, device, sequence)).fetchone()
    return Stored(*row) if row else None


def at(transaction: Transaction, programme: bytes, log: bytes, position: int) -> Stored | None:
    """The entry at this position, if there is one."""
    row = transaction.driver.execute(_BY_POSITION, (programme, log, position)).fetchone()
    return Stored(*row) if row else None
