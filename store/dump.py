"""Everything a database file holds, cell by cell: for proofs of what is not in it."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Scalar = bytes | str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row."""

    table: str
    column: str
    value: Scalar


def cells(path: Path) -> Iterator[Cell]:
    """All values of all tables of an SQLite file and its write-ahead log; a body is whole here, not cut into pages.

    Raises sqlite3.Error.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in names:
            rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (the name is the database's own)
            columns = [description[0] for description in rows.description]
            for row in rows:
                yield from (Cell(table, column, value) for column, value in zip(columns, row, strict=True))
    finally:
        connection.close()
