"""The embedded database: one SQLite file, its connections and their durability."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.errors import StorageFailed
from store.migrate import migrate

BUSY_TIMEOUT = "PRAGMA busy_timeout = 5000"
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # An answer is sent after COMMIT returned; with less than FULL a power cut could take back what it acknowledged.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    BUSY_TIMEOUT,
    # A later row in the freed page would otherwise leave erased bodies readable in the file.
    "PRAGMA secure_delete = ON",
)
READERS = 8


class Database:
    """Connections to one file, which `prepare` brings up to date when it is opened. `driver` is the connection class
    (a test injects failures).
    """

    def __init__(
        self,
        path: Path,
        driver: type[sqlite3.Connection] = sqlite3.Connection,
        prepare: Callable[[Connection], None] = migrate,
    ) -> None:
        # SQLite gives its WAL the mode of the database file, so the file is made before SQLite makes it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        self.path = path
        self._engine = _engine(path, driver)
        try:
            with self._engine.connect() as connection:
                prepare(connection)
        except DBAPIError as error:
            raise StorageFailed(f"the database cannot be opened: {error.orig}") from error

    def connect(self) -> Connection:
        """A connection of its own, in autocommit: who holds it says BEGIN and COMMIT."""
        return self._engine.connect()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A pooled connection in autocommit; each statement sees one committed state. Raises StorageFailed."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (sqlite3.Error, DBAPIError, PoolTimeout) as error:
            raise StorageFailed("the database did not answer") from error

    def close(self) -> None:
        self._engine.dispose()


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, for the statements that are measured."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _engine(path: Path, driver: type[sqlite3.Connection]) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=READERS,
        connect_args={"factory": driver, "check_same_thread": False, "cached_statements": 64},
    )
    event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: sqlite3.Connection, _: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(pragma)
