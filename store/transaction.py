"""One job's view of the write transaction: uncommitted rows, and the states that will be true once they commit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from store.database import Driver
from store.states import ProgrammeState, States, catch_up
from sync.log import ZERO, Author, Chain, Header
from sync.state import RosterState

_INSERT = """
    INSERT INTO entries (programme, log, position, device, sequence, leaf, head, header, signature, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
"""
_END = "SELECT position, head FROM entries WHERE programme = ?1 AND log = ?2 ORDER BY position DESC LIMIT 1"
_HEAD = "SELECT head FROM entries WHERE programme = ?1 AND log = ?2 AND position = ?3"
_HEALING = "SELECT healing FROM programmes WHERE programme = ?1"
_HEALED = "UPDATE programmes SET healing = FALSE WHERE programme = ?1"
_AUTHOR = """
    SELECT sequence, leaf, header FROM entries
    WHERE programme = ?1 AND log = ?2 AND device = ?3 ORDER BY sequence DESC LIMIT 1
"""


class Transaction:
    """Jobs of one batch share it: a later job sees what an earlier one did.

    New entries are kept back and stored together, before anything is asked that could be about them: one round trip
    to another process instead of one an entry.
    """

    def __init__(
        self, connection: Connection, driver: Driver, published: States, errors: tuple[type[Exception], ...]
    ) -> None:
        self._connection = connection
        self._driver = driver
        self._published = published
        self.errors = errors
        """What statements raise."""
        self._new: list[tuple[Any, ...]] = []
        self._heads: dict[tuple[bytes, bytes, int], bytes] = {}
        self._changed: dict[bytes, ProgrammeState] = {}
        self.erased = False
        """Whether pages of the write-ahead log may still hold what this transaction erased."""

    @property
    def changed(self) -> Mapping[bytes, ProgrammeState]:
        """The states that differ from the published ones."""
        return self._changed

    @property
    def connection(self) -> Connection:
        """For statements of SQLAlchemy."""
        self.flush()
        return self._connection

    @property
    def driver(self) -> Driver:
        """For statements written by hand."""
        self.flush()
        return self._driver

    def append(self, row: tuple[Any, ...]) -> None:
        """Store a row of `entries`."""
        self._new.append(row)

    def flush(self) -> None:
        """Send the rows that were kept back."""
        if self._new:
            new, self._new = self._new, []
            self._driver.executemany(_INSERT, new)

    def savepoint(self) -> dict[bytes, ProgrammeState]:
        return dict(self._changed)

    def restore(self, savepoint: dict[bytes, ProgrammeState]) -> None:
        self._changed = savepoint
        self._new.clear()
        self._heads.clear()

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
        place = programme, log, position
        if place not in self._heads:
            # All entries of a push have mostly seen the same state.
            row = self.driver.execute(_HEAD, place).fetchone()
            if row is None:
                return None
            self._heads[place] = row[0]
        return self._heads[place]

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
