"""Where a database is: an SQLite file, or the address of a PostgreSQL database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from store import sqlite
from store.database import Database, Driver
from store.sqlite import Sqlite

SCHEMES = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Address:
    """A connection URI of libpq; it may hold a password, which neither `str` nor `repr` shows."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        user = parts.netloc.rpartition("@")[0].partition(":")[0]
        host = parts.netloc.rpartition("@")[2]
        return f"postgresql://{user + '@' if user else ''}{host}{parts.path}"


Place = Path | Address


def place_of(text: str) -> Place:
    """The place that an operator means: an address if it begins like one, else a file."""
    return Address(text) if text.partition("://")[0] in SCHEMES and "://" in text else Path(text)


def open_at(place: Place, *, alone: bool = False) -> Database:
    """The database there, brought up to date; with `alone`, for the one who may write.

    Raises AlreadyServed, StorageFailed.
    """
    if isinstance(place, Path):
        return Sqlite(place, alone=alone)
    # A server on SQLite does not load the other driver.
    from store.postgres import Postgres  # noqa: PLC0415

    return Postgres(place.url, alone=alone)


@contextmanager
def look_at(place: Place) -> Iterator[tuple[Driver, list[str]]]:
    """The database there as it is, neither made nor migrated, and the names of its tables.

    Raises sqlite3.Error, psycopg.Error.
    """
    if isinstance(place, Path):
        with sqlite.looking(place) as driver:
            yield driver, [name for (name,) in driver.execute(sqlite.TABLES)]
        return
    from store import postgres  # noqa: PLC0415

    with postgres.looking(place.url) as driver:
        yield driver, [name for (name,) in driver.execute(postgres.TABLES)]


def is_there(place: Place) -> bool:
    """Whether there is a database already, or but a place for one. Raises StorageFailed."""
    if isinstance(place, Path):
        return place.exists()
    from store import postgres  # noqa: PLC0415

    return postgres.is_there(place.url)
