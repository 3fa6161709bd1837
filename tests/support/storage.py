"""A store on real files without HTTP, and what stands in it, so that a test can see that nothing changed."""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from store.dump import tables
from store.push import LogPush, Push, Pushed
from store.rows import Rows
from store.store import Store
from store.tokens import mint
from sync.log import Entry
from sync.state import RosterState
from tests.support.actors import FIRST_DAY, Pass, Phone, World

Dump = dict[str, list[tuple[Any, ...]]]


class FaultyConnection(sqlite3.Connection):
    """Raises `fault` instead of running a statement that starts with `when`."""

    fault: ClassVar[Exception | None] = None
    when: ClassVar[str] = "COMMIT"

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if self.fault is not None and sql.startswith(self.when):
            raise self.fault
        return super().execute(sql, *parameters)


def faulty_driver() -> type[FaultyConnection]:
    """A driver of its own, so that a fault armed in one test stays there."""
    return type("FaultyDriver", (FaultyConnection,), {})


@dataclass
class Shelf:
    """A store and its file."""

    path: Path
    store: Store

    @staticmethod
    def open(folder: Path, driver: type[sqlite3.Connection] = sqlite3.Connection) -> "Shelf":
        path = folder / "hallway.sqlite"
        return Shelf(path, Store(path, driver))

    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.path)

    def run(self, sql: str, *parameters: object) -> None:
        """Change the file behind the store's back."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(sql, parameters)

    def dump(self) -> Dump:
        """All rows of all tables."""
        return dump(self.path)

    def token(self) -> bytes:
        return mint(self.path, os.urandom)

    def found(self, world: World, *, token: bytes | None = None, day: int = FIRST_DAY) -> RosterState:
        """Found the programme of a world that has nothing but its first statement."""
        first = world.entries[0]
        founding = self.store.found(
            self.token() if token is None else token,
            first,
            Rows(world.keys_for([first]), world.wraps_for([first])),
            day=day,
            server_key=world.server.public,
            address=world.state.address,
        )
        return founding.result(10)

    def push(
        self,
        world: World,
        who: Phone | Pass,
        *entries: Entry,
        rows: Rows | None = None,
        day: int = FIRST_DAY,
        logs: Sequence[LogPush] | None = None,
    ) -> Pushed:
        """Push entries that the world has landed, with the rows they call for."""
        rows = Rows(world.keys_for(entries), world.wraps_for(entries)) if rows is None else rows
        request = Push(world.programme, who.id, by_log(entries) if logs is None else logs, rows)
        return self.store.push(request, day=day).result(10)


def by_log(entries: Sequence[Entry]) -> list[LogPush]:
    grouped: dict[bytes, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.header.log, []).append(entry)
    return [LogPush(log, pushed) for log, pushed in grouped.items()]


def dump(path: Path) -> Dump:
    """All rows of all tables of a SQLite file, through a connection of its own, sorted to be compared."""
    return {name: sorted(table.rows, key=repr) for name, table in tables(path).items()}
