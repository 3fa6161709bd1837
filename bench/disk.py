"""What the disk and a bare `sqlite3` program can do: the baselines of everything that is stored."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sync.log import Entry

BLOCK = 4096

_TABLE = """
    CREATE TABLE entries (
        log BLOB NOT NULL, position INTEGER NOT NULL, header BLOB NOT NULL, signature BLOB NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (log, position)
    )
"""


def fsyncs(directory: Path, count: int) -> list[float]:
    """Seconds of each write of 4 KiB followed by fsync."""
    taken, path = [], directory / "fsync"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        block = os.urandom(BLOCK)
        for _ in range(count):
            start = time.perf_counter()
            os.pwrite(file, block, 0)
            os.fsync(file)
            taken.append(time.perf_counter() - start)
    finally:
        os.close(file)
        path.unlink()
    return taken


@contextmanager
def bare(path: Path) -> Iterator[sqlite3.Connection]:
    """An empty table of entries in a file of its own: WAL and synchronous=FULL, as the server has it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(_TABLE)
        yield connection


def commit(connection: sqlite3.Connection, entries: Sequence[Entry], batch: int = 1) -> float:
    """Seconds for storing these entries of one log, so many in a transaction."""
    rows = [
        (entry.header.log, position, entry.raw_header, entry.signature, entry.body)
        for position, entry in enumerate(entries, start=1)
    ]
    start = time.perf_counter()
    for first in range(0, len(rows), batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows[first : first + batch])
        connection.execute("COMMIT")
    return time.perf_counter() - start


def read_all(connection: sqlite3.Connection, log: bytes) -> float:
    """Seconds for reading a log from its beginning."""
    start = time.perf_counter()
    connection.execute(
        "SELECT position, header, signature, body FROM entries WHERE log = ? AND position > 0 ORDER BY position", (log,)
    ).fetchall()
    return time.perf_counter() - start
