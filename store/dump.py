"""Everything a database holds, whole: for proofs of what is not in it."""

from dataclasses import dataclass
from typing import Any

from store.place import Place, look_at


@dataclass(frozen=True, slots=True)
class Table:
    """Names of the columns, and the rows in their order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def tables(place: Place) -> dict[str, Table]:
    """All tables by name, of an SQLite file with its write-ahead log too; a value is whole here, not cut into pages.

    Raises sqlite3.Error, psycopg.Error.
    """
    with look_at(place) as (driver, names):
        found = {}
        for name in names:
            rows = driver.execute(f'SELECT * FROM "{name}"')  # noqa: S608 (the name is the database's own)
            found[name] = Table(tuple(column[0] for column in rows.description), tuple(rows))
        return found
