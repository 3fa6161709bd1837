"""What the rooms above need of a database, whichever it is: connections, one writer, and erasing that lasts."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from store.errors import StorageFailed

READERS = 8
"""Connections that are kept for reading; as many again are made when these are taken."""


class Rows(Protocol):
    """What a statement answers."""

    @property
    def description(self) -> Any:
        """One tuple a column; its name comes first."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None: ...


class Driver(Protocol):
    """The driver's own connection, for the statements that are measured. Placeholders are `?1`, `?2`, in any order."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open and can be gone on with, or rolled back to a savepoint."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows: ...

    def executemany(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> object: ...


class Database(ABC):
    """A database that was brought up to date when it was opened. Whoever opened it `alone` may have its `writing`."""

    begin: ClassVar[str]
    """Begins a transaction that writes."""
    near: ClassVar[bool]
    """Whether a little is read in less time than another thread is asked for it."""
    measure: ClassVar[str]
    """Asks for the bytes of all tables."""
    errors: ClassVar[tuple[type[Exception], ...]]
    """What asking it raises, whether through SQLAlchemy or the driver."""

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None]) -> None:
        """Raises StorageFailed."""
        self._engine = engine
        try:
            with self._engine.connect() as connection:
                prepare(connection)
        except DBAPIError as error:
            raise StorageFailed(f"the database cannot be opened: {error.orig}") from error

    @abstractmethod
    def driver(self, connection: Connection) -> Driver:
        """The driver's side of a connection."""

    @abstractmethod
    def writing(self) -> Connection:
        """The connection of the one writer. Raises AlreadyServed, StorageFailed."""

    @abstractmethod
    def is_lost(self, connection: Connection) -> bool:
        """Whether a connection, and with it the right to write, is gone."""

    @abstractmethod
    def is_confirmed(self) -> bool:
        """Whether, at a moment after this call, nobody else can have written since the right to write was taken."""

    @abstractmethod
    def scrubbed(self, connection: Connection) -> bool:
        """Leaves no older image of erased rows beside the tables, after a COMMIT; False: to be tried again."""

    @abstractmethod
    def vacuum(self) -> None:
        """Takes away what erased rows leave in the tables and no COMMIT can take. Blocks. Raises StorageFailed."""

    def connect(self) -> Connection:
        """A connection of its own, in autocommit: who holds it says BEGIN and COMMIT."""
        return self._engine.connect()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection in autocommit; each statement sees one committed state. Raises StorageFailed."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except self.errors as error:
            raise StorageFailed("the database did not answer") from error

    @contextmanager
    def reading(self) -> Iterator[Driver]:
        """The driver's side of a pooled connection. Raises StorageFailed."""
        with self.connection() as connection:
            yield self.driver(connection)

    def size(self) -> int:
        """Bytes of all tables. Raises StorageFailed."""
        with self.reading() as driver:
            return int(driver.execute(self.measure).fetchone()[0])

    def close(self) -> None:
        self._engine.dispose()
