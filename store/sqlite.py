"""The embedded database: one SQLite file, its durability, and all in which SQLite differs from PostgreSQL."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.database import READERS, Database
from store.errors import AlreadyServed
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
BEGIN = "BEGIN IMMEDIATE"
_MIGRATE = partial(migrate, begin=(BEGIN,))
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


class Sqlite(Database):
    """`driver` is the connection class (a test injects failures). A lock file keeps other servers away."""

    begin: ClassVar[str] = BEGIN
    near: ClassVar[bool] = True
    measure: ClassVar[str] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    errors: ClassVar[tuple[type[Exception], ...]] = (sqlite3.Error, DBAPIError, PoolTimeout)

    def __init__(
        self,
        path: Path,
        *,
        alone: bool = False,
        driver: type[sqlite3.Connection] = sqlite3.Connection,
        prepare: Callable[[Connection], None] = _MIGRATE,
    ) -> None:
        """Raises AlreadyServed if it is to be `alone` and is not, StorageFailed."""
        self._lock = _lock(path) if alone else None
        try:
            # SQLite gives its WAL the mode of the database file, so the file is made before SQLite makes it.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
            super().__init__(_engine(path, driver), prepare)
        except BaseException:
            self._unlock()
            raise

    def driver(self, connection: Connection) -> sqlite3.Connection:
        return cast("sqlite3.Connection", connection.connection.driver_connection)

    def writing(self) -> Connection:
        return self.connect()

    def is_lost(self, connection: Connection) -> bool:
        """Never: it is a file that this process has open and locked."""
        return connection.closed

    def is_confirmed(self) -> bool:
        """Always, as `is_lost` is never."""
        return True

    def scrubbed(self, connection: Connection) -> bool:
        return scrubbed(self.driver(connection))

    def vacuum(self) -> None:
        """Nothing: `secure_delete` overwrites a row with the statement that erases it."""

    def close(self) -> None:
        super().close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection]:
    """A file as it is, neither made nor migrated."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def scrubbed(driver: sqlite3.Connection) -> bool:
    """Empties the write-ahead log, which holds older images of pages; False if a reader is in the way just now."""
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    finally:
        driver.execute(BUSY_TIMEOUT)
    return not busy


def _lock(path: Path) -> int:
    """The file descriptor that keeps every other process from this database. Raises AlreadyServed."""
    held = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise AlreadyServed(f"another server has {path.name} open") from None
    return held


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
