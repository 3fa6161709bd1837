"""Everything a database file holds, whole: for proofs of what is not in it."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """Names of the columns, and the rows in their order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def tables(path: Path) -> dict[str, Table]:
    """All tables of an SQLite file and its write-ahead log, by name; a value is whole here, not cut into pages.

    Raises sqlite3.Error.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        found = {}
        for (name,) in names:
            rows = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 (the name is the database's own)
            found[name] = Table(tuple(column[0] for column in rows.description), tuple(rows))
        return found
    finally:
        connection.close()
