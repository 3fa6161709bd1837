"""The mailbox's file: one writer, explicit transactions, nothing acknowledged before it is durable."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from store.errors import StorageFailed
from store.mailbox.tables import prepare
from store.sqlite import Sqlite


class Box:
    """`write` and `read` may be called from any thread; both block."""

    def __init__(self, path: Path, driver: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        """Raises StorageFailed."""
        self._database = Sqlite(path, driver=driver, prepare=prepare)
        self._connection = self._database.connect()
        self._lock = Lock()
        # The process may have died between a COMMIT that destroyed shares and the emptying of the log after it.
        self._to_scrub = True
        self.scrub()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one committed state a statement. Raises StorageFailed."""
        with self._database.connection() as connection:
            yield self._database.driver(connection)

    @contextmanager
    def write(self, *, destroys: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction: durable when the block is left, or nothing of it is kept. Raises StorageFailed.

        `destroys`: no older image of its pages is to stay in the write-ahead log.
        """
        driver = self._database.driver(self._connection)
        with self._lock:
            try:
                driver.execute("BEGIN IMMEDIATE")
                yield driver
                driver.execute("COMMIT")
            except BaseException as error:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise StorageFailed(f"nothing was stored: {type(error).__name__}") from error
                raise
            self._to_scrub |= destroys
        self.scrub()

    def scrub(self) -> None:
        """Empty the write-ahead log of destroyed shares, as soon as no reader is in the way."""
        with self._lock:
            if self._to_scrub:
                self._to_scrub = not self._database.scrubbed(self._connection)

    def close(self) -> None:
        self.scrub()
        self._connection.close()
        self._database.close()
