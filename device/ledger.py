"""The phone's verified copy of its logs: chains and roster in memory, entries in the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from immutables import Map

from sync.device.replica import Placed
from sync.log import Author, Chain, Cursor, Entry, Header, Heads
from sync.roster import apply
from sync.state import RosterState


@dataclass
class Ledger:
    """`roster` is None until the first statement was verified; `chains` holds the other logs met so far.

    `starts`: where this phone began to read a log, if not at its genesis.
    """

    roster: RosterState | None = None
    chains: dict[bytes, Chain] = field(default_factory=dict)
    starts: dict[bytes, Cursor] = field(default_factory=dict)

    def chain(self, programme: bytes, log: bytes) -> Chain:
        if log == programme:
            return (self.roster or RosterState.start(programme)).chain
        return self.chains.get(log) or Chain.start(programme, log)

    def start(self, programme: bytes, log: bytes) -> Cursor:
        """The lowest state of a log that this phone knows."""
        return self.starts.get(log) or Chain.start(programme, log).cursor

    def begin(self, log: bytes, at: Cursor) -> None:
        """Read a log from this state on, as it was stored by `begin_at`."""
        self.starts[log] = at
        self.chains[log] = Chain(log, at.position, at.head, since=at.position)


def load_ledger(connection: Any, programme: bytes) -> Ledger:
    """Rebuild the state from the stored entries; the roster by the same `apply` as always."""
    ledger = Ledger()
    if not programme:
        return ledger
    state = RosterState.start(programme)
    for entry in entries_above(connection, programme, 0):
        state = apply(state, entry)
    if state.chain.position:
        ledger.roster = state
    for log, position, head in connection.execute("SELECT log, began, began_at FROM logs WHERE began > 0").fetchall():
        ledger.begin(log, Cursor(position, head))
    logs = connection.execute("SELECT DISTINCT log FROM entries WHERE log <> ?", (programme,)).fetchall()
    for (log,) in logs:
        since = ledger.start(programme, log).position
        ledger.chains[log] = replace(load_chain(connection, log), since=since)
    return ledger


def load_chain(connection: Any, log: bytes) -> Chain:
    rows = connection.execute(
        "SELECT device, sequence, leaf, header, MAX(position) FROM entries WHERE log = ? GROUP BY device", (log,)
    ).fetchall()
    authors = Map(
        {
            device: Author(sequence, leaf, Header.decode(header).seen.position)
            for device, sequence, leaf, header, _ in rows
        }
    )
    position, head = connection.execute(
        "SELECT position, head FROM entries WHERE log = ? ORDER BY position DESC LIMIT 1", (log,)
    ).fetchone()
    return Chain(log, position, head, authors)


def entries_above(connection: Any, log: bytes, position: int) -> Iterable[Entry]:
    rows = connection.execute(
        "SELECT header, signature, body FROM entries WHERE log = ? AND position > ? ORDER BY position", (log, position)
    )
    return (Entry(*row) for row in rows)


def stored_entry(connection: Any, log: bytes, position: int) -> Entry | None:
    row = connection.execute(
        "SELECT header, signature, body FROM entries WHERE log = ? AND position = ?", (log, position)
    ).fetchone()
    return None if row is None else Entry(*row)


def heads_of(connection: Any, start: Cursor, log: bytes) -> Heads:
    """Heads by position of what is stored; `start` is the state below it."""

    def head_at(position: int) -> bytes | None:
        if position == start.position:
            return start.head
        row = connection.execute("SELECT head FROM entries WHERE log = ? AND position = ?", (log, position)).fetchone()
        return None if row is None else row[0]

    return head_at


def store_entries(connection: Any, log: bytes, placed: Iterable[Placed]) -> None:
    connection.executemany(
        "INSERT INTO entries(log, position, device, sequence, header, signature, body, leaf, head)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                log,
                one.position,
                one.entry.header.device,
                one.entry.header.sequence,
                one.entry.raw_header,
                one.entry.signature,
                one.entry.body,
                one.entry.leaf,
                one.head,
            )
            for one in placed
        ],
    )


def begin_at(connection: Any, log: bytes, name: str, at: Cursor) -> None:
    """Begin to follow a log of which nothing is stored, from this state on."""
    connection.execute(
        "INSERT OR REPLACE INTO logs(log, name, position, head, began, began_at) VALUES (?1, ?2, ?3, ?4, ?3, ?4)",
        (log, name, at.position, at.head),
    )


def follow(connection: Any, programme: bytes, log: bytes, name: str) -> None:
    """Begin to follow a log, from its genesis, so that changes can be staged for it."""
    connection.execute(
        "INSERT OR IGNORE INTO logs(log, name, position, head) VALUES (?, ?, 0, ?)",
        (log, name, Chain.start(programme, log).head),
    )
