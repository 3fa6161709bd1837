"""One job's view of the write transaction: uncommitted rows, and the states that will be true once they commit."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from store.database import driver_of
from store.states import ProgrammeState, States, catch_up
from sync.log import ZERO, Author, Chain, Header
from sync.state import RosterState

_END = "SELECT position, head FROM entries WHERE programme = ? AND log = ? ORDER BY position DESC LIMIT 1"
_HEAD = "SELECT head FROM entries WHERE programme = ? AND log = ? AND position = ?"
_HEALING = "SELECT healing FROM programmes WHERE programme = ?"
_HEALED = "UPDATE programmes SET healing = 0 WHERE programme = ?"
_AUTHOR = """
    SELECT sequence, leaf, header FROM entries
    WHERE programme = ? AND log = ? AND device = ? ORDER BY sequence DESC LIMIT 1
"""


class Transaction:
    """Jobs of one batch share it: a later job sees what an earlier one did."""

    def __init__(self, connection: Connection, published: States) -> None:
        self.connection = connection
        self.driver: sqlite3.Connection = driver_of(connection)
        self._published = published
        self._changed: dict[bytes, ProgrammeState] = {}
        self.erased = False
        """Whether pages of the write-ahead log may still hold what this transaction erased."""

    @property
    def changed(self) -> Mapping[bytes, ProgrammeState]:
        """The states that differ from the published ones."""
        return self._changed

    def savepoint(self) -> dict[bytes, ProgrammeState]:
        return dict(self._changed)

    def restore(self, savepoint: dict[bytes, ProgrammeState]) -> None:
        self._changed = savepoint

    def set(self, state: ProgrammeState) -> None:
        self._changed[state.roster.programme] = state

    def adopt(self, loaded: RosterState) -> None:
        """Keep a roster that was loaded elsewhere, with whatever was committed since; later states win."""
        if self._known(loaded.programme) is None:
            self.set(self._loaded(catch_up(self.driver, loaded)))

    def state(self, programme: bytes) -> ProgrammeState | None:
        """The state of a programme, or None if there is no such programme."""
        known = self._known(programme)
        if known is None:
            roster = catch_up(self.driver, RosterState.start(programme))
            if roster.chain.position == 0:
                return None
            known = self._loaded(roster)
            self.set(known)
        return known

    def chain(self, programme: bytes, log: bytes, author: bytes | None = None) -> Chain:
        """The end of a log of an existing programme, with what the log holds of `author`."""
        state = self.state(programme)
        if state is None:
            raise LookupError("no such programme")
        chain = state.chain(log) or self._end(programme, log)
        if log != programme and author is not None and author not in chain.authors:
            found = self._author(programme, log, author)
            chain = Chain(log, chain.position, chain.head, chain.authors.set(author, found))
        if log != programme and chain is not state.chains.get(log):
            self.set(state.with_chain(chain))
        return chain

    def head_at(self, programme: bytes, log: bytes, position: int) -> bytes | None:
        """The head of a stored log at a position above 0, if it has that position."""
        row = self.driver.execute(_HEAD, (programme, log, position)).fetchone()
        return row[0] if row else None

    def end_healing(self, programme: bytes) -> None:
        """A lead has stated that a restore is over."""
        state = self.state(programme)
        if state is not None:
            self.driver.execute(_HEALED, (programme,))
            self.set(replace(state, healing=False))

    def _loaded(self, roster: RosterState) -> ProgrammeState:
        (healing,) = self.driver.execute(_HEALING, (roster.programme,)).fetchone()
        return ProgrammeState(roster, healing=bool(healing))

    def _known(self, programme: bytes) -> ProgrammeState | None:
        return self._changed.get(programme) or self._published.get(programme)

    def _end(self, programme: bytes, log: bytes) -> Chain:
        row = self.driver.execute(_END, (programme, log)).fetchone()
        return Chain(log, *row) if row else Chain.start(programme, log)

    def _author(self, programme: bytes, log: bytes, device: bytes) -> Author:
        row = self.driver.execute(_AUTHOR, (programme, log, device)).fetchone()
        if row is None:
            return Author(0, ZERO, 0)
        sequence, leaf, header = row
        return Author(sequence, leaf, Header.decode(header).seen.position)
