"""A store on a real database without HTTP, and what stands in it, so that a test can see that nothing changed."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from store.database import Database, Rows
from store.dump import tables
from store.place import Place, open_at
from store.postgres import Driver, Postgres
from store.push import LogPush, Push, Pushed
from store.rows import Rows as Sent
from store.sqlite import Sqlite
from store.store import Store
from store.tokens import mint
from sync.log import Entry
from sync.state import RosterState
from tests.support import postgres
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.programme import FIRST_DAY

Dump = dict[str, list[tuple[Any, ...]]]
BACKENDS = ("sqlite", "postgresql")


@contextmanager
def new_place(backend: str, folder: Path) -> Iterator[Place]:
    """A place for a database, with none in it."""
    if backend == "sqlite":
        yield folder / "hallway.sqlite"
        return
    with postgres.schema() as address:
        yield address


def database_of(place: Place) -> str:
    """As an operator names it."""
    return str(place) if isinstance(place, Path) else place.url


def broken(place: Place, words: str = "disk I/O error") -> Exception:
    """What the driver of this database raises when it cannot go on."""
    return sqlite3.OperationalError(words) if isinstance(place, Path) else psycopg.OperationalError(words)


@dataclass
class Faults:
    """Raises `fault` instead of running a statement that starts with `when`."""

    fault: Exception | None = None
    when: str = "COMMIT"
    ran: list[str] = field(default_factory=list)

    def check(self, sql: str) -> None:
        if self.fault is not None and sql.lstrip().startswith(self.when):
            raise self.fault
        self.ran.append(sql)

    def open(self, place: Place) -> Database:
        """The database there, with these faults."""
        faults = self

        class FaultyConnection(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                faults.check(sql)
                return super().execute(sql, *parameters)

            def executemany(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                faults.check(sql)
                return super().executemany(sql, *parameters)

        class FaultyDriver(Driver):
            def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
                faults.check(sql)
                return super().execute(sql, parameters)

            def executemany(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> None:
                faults.check(sql)
                super().executemany(sql, parameters)

        if isinstance(place, Path):
            return Sqlite(place, alone=True, driver=FaultyConnection)
        return Postgres(place.url, alone=True, driver=FaultyDriver)


@dataclass
class Shelf:
    """A store and its database."""

    place: Place
    store: Store

    @staticmethod
    def open(place: Place, faults: Faults | None = None) -> "Shelf":
        return Shelf(place, Store(open_at(place, alone=True) if faults is None else faults.open(place)))

    @property
    def path(self) -> Path:
        """The file of a shelf on SQLite."""
        assert isinstance(self.place, Path)
        return self.place

    def reopen(self) -> None:
        self.store.close()
        self.store = Store(open_at(self.place, alone=True))

    def run(self, sql: str, *parameters: object) -> None:
        """Change the database behind the store's back."""
        change(self.place, sql, *parameters)

    def dump(self) -> Dump:
        """All rows of all tables."""
        return dump(self.place)

    def token(self) -> bytes:
        return mint(self.place, os.urandom)

    def found(self, world: World, *, token: bytes | None = None, day: int = FIRST_DAY) -> RosterState:
        """Found the programme of a world that has nothing but its first statement."""
        first = world.entries[0]
        founding = self.store.found(
            self.token() if token is None else token,
            first,
            Sent(world.keys_for([first]), world.wraps_for([first])),
            day=day,
            server_key=world.server.public,
            address=world.state.address,
        )
        return founding.result(10)

    def founded(self) -> World:
        """A programme that has nothing but its first statement."""
        world = World.found(1)
        self.found(world)
        return world

    def push(
        self,
        world: World,
        who: Phone | Pass,
        *entries: Entry,
        rows: Sent | None = None,
        day: int = FIRST_DAY,
        logs: Sequence[LogPush] | None = None,
    ) -> Pushed:
        """Push entries that the world has landed, with the rows they call for."""
        rows = Sent(world.keys_for(entries), world.wraps_for(entries)) if rows is None else rows
        request = Push(world.programme, who.id, by_log(entries) if logs is None else logs, rows)
        return self.store.push(request, day=day).result(10)


def by_log(entries: Sequence[Entry]) -> list[LogPush]:
    grouped: dict[bytes, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.header.log, []).append(entry)
    return [LogPush(log, pushed) for log, pushed in grouped.items()]


def change(place: Place, sql: str, *parameters: object) -> None:
    """Run a statement with the placeholders of the store, and commit it."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as connection, connection:
            connection.execute(sql, parameters)
        return
    with postgres.connected(place) as raw:
        Driver(raw).execute(sql, parameters)


def dump(place: Place) -> Dump:
    """All rows of all tables, through a connection of its own, sorted to be compared."""
    return {name: sorted(table.rows, key=repr) for name, table in tables(place).items()}
