"""PostgreSQL: migrated, demanding, served by one process; a lost connection loses nothing that was acknowledged."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from api.settings import Settings
from store import backup, postgres
from store.database import Rows
from store.errors import AlreadyServed, NoFile, StorageFailed
from store.healing import begin
from store.place import Address, is_there, open_at, place_of
from store.postgres import Driver, Postgres, Raw
from store.store import Store
from store.tokens import mint
from store.transaction import Transaction
from sync.erasure import Erase
from tests.contract.test_erasures import DUE, Scene
from tests.store.test_writer import held
from tests.support.actors import World
from tests.support.postgres import connected, database, program, schema
from tests.support.programme import FIRST_DAY
from tests.support.storage import Faults, Shelf, change, dump

KILL_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'hallway' AND pid <> pg_backend_pid()
"""
KILL_ITSELF = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
def place() -> Iterator[Address]:
    with schema() as address:
        yield address


@pytest.fixture
def shelf(place: Address) -> Iterator[Shelf]:
    opened = Shelf.open(place)
    yield opened
    opened.store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that wait for the lock only a moment."""
    monkeypatch.setattr(postgres, "PATIENCE", "SET lock_timeout = 50")


def kill_connections(place: Address) -> None:
    """All of the servers of this database."""
    with connected(place) as raw:
        raw.execute(KILL_OTHERS)


def shown(database: Postgres, name: str) -> object:
    with database.connection() as connection:
        return connection.exec_driver_sql(f"SHOW {name}").scalar()


# Opening.


def test_the_migrations_make_the_tables_of_the_models(place: Address) -> None:
    with closing(Postgres(place.url)) as database, database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_opening_again_migrates_nothing(place: Address) -> None:
    Postgres(place.url).close()
    before = dump(place)
    Postgres(place.url).close()
    assert dump(place) == before


def test_processes_that_open_it_at_once_migrate_it_once(place: Address) -> None:
    with ThreadPoolExecutor(4) as pool:
        for database in pool.map(lambda _: Postgres(place.url), range(4)):
            database.close()
    assert len(dump(place)["alembic_version"]) == 1


def test_a_migration_that_fails_leaves_the_old_schema(place: Address) -> None:
    change(place, "CREATE TABLE names (mine INTEGER)")
    with pytest.raises(StorageFailed):
        Postgres(place.url)
    assert dump(place) == {"names": []}


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(place: Address) -> None:
    Postgres(place.url).close()
    change(place, "UPDATE alembic_version SET version_num = 'of_next_year'")
    for _ in range(2):
        with pytest.raises(StorageFailed, match="newer version"):
            Postgres(place.url)


@pytest.mark.usefixtures("impatient")
def test_a_database_is_served_by_one_process(place: Address) -> None:
    with closing(Store(Postgres(place.url, alone=True))):
        with pytest.raises(AlreadyServed):
            Postgres(place.url, alone=True)
        tokens = {mint(place, os.urandom) for _ in range(2)}
        assert len(tokens) == len(dump(place)["founding_tokens"]) == 2
        # Another schema is another database.
        with schema() as other:
            Postgres(other.url, alone=True).close()
    Postgres(place.url, alone=True).close()


@pytest.mark.parametrize("name", sorted(postgres.DEMANDED))
def test_a_server_that_could_not_keep_its_word_is_not_served(
    place: Address, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    expected, why = postgres.DEMANDED[name]
    monkeypatch.setitem(postgres.DEMANDED, name, ("off" if expected == "on" else "on", why))
    with pytest.raises(StorageFailed, match=f"{name} = {expected}"):
        Postgres(place.url, alone=True)


@pytest.mark.parametrize(
    ("asked", "kept"), [("off", "on"), ("local", "on"), ("on", "on"), ("remote_apply", "remote_apply")]
)
def test_each_connection_is_durable(place: Address, asked: str, kept: str) -> None:
    with closing(Postgres(f"{place.url}%20-csynchronous_commit%3D{asked}")) as database:
        assert shown(database, "synchronous_commit") == kept


@pytest.mark.parametrize("rest", [":1/hall", ":port/hall", "/hall?sslmode", "/hall?password=secret%zz"])
@pytest.mark.parametrize("user", ["me:secret", "me:%zzsecret"])
def test_a_database_that_does_not_answer_is_said_without_its_password(user: str, rest: str) -> None:
    url = f"postgresql://{user}@localhost{rest}"
    place = place_of(url)
    for opening in (partial(open_at, place, alone=True), partial(open_at, place), partial(is_there, place)):
        with pytest.raises(StorageFailed) as caught:
            opening()
        for said in (str(caught.value), repr(caught.value), str(place), repr(place), repr(Settings(database=url))):
            assert "secret" not in said


def test_the_name_of_an_address_has_no_password() -> None:
    assert str(place_of("postgresql://me:secret@db:5432/hall?password=secret")) == "postgresql://me@db:5432/hall"


def test_tables_of_others_in_the_schema_are_no_database_of_a_server(place: Address) -> None:
    change(place, "CREATE TABLE spatial_ref_sys (mine INTEGER)")
    assert not is_there(place)
    Postgres(place.url).close()
    assert is_there(place)


def test_a_standby_is_not_served(place: Address) -> None:
    """Nor read: it may lack what was just acknowledged."""
    Postgres(place.url).close()
    for alone in (True, False):
        with pytest.raises(StorageFailed, match="read-only"):
            Postgres(f"{place.url}%20-cdefault_transaction_read_only%3Don", alone=alone)


def test_the_lock_of_a_machine_that_is_gone_is_soon_let_go_of(shelf: Shelf) -> None:
    assert isinstance(shelf.place, Address)
    with closing(Postgres(shelf.place.url)) as database:
        pooled = database.connect()
        asked = "SELECT name FROM pg_settings WHERE source = 'session' AND name LIKE 'tcp_%%'"
        assert pooled.exec_driver_sql(asked).fetchall() == []
        pooled.close()

    def session(transaction: Transaction) -> set[str]:
        return {name for (name,) in transaction.driver.execute(asked.replace("%%", "%"))}

    assert shelf.store._writer.submit(session).result(10) == {setting.split()[1] for setting in postgres.NOTICED}


# A connection that is lost.


def test_a_connection_lost_between_batches_costs_no_request(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    for position in (1, 2):
        assert isinstance(shelf.place, Address)
        kill_connections(shelf.place)
        assert shelf.push(world, world.lead, world.write(world.lead, log)).accepted[log] == [(position, position)]
        assert shelf.store.programme_of(world.lead.id) == world.programme


def test_a_connection_lost_in_a_batch_fails_all_of_it_and_keeps_nothing(shelf: Shelf, world: World) -> None:
    def die(transaction: Transaction) -> None:
        transaction.driver.execute(KILL_ITSELF)

    log = world.log("personal", world.lead)
    entry = world.write(world.lead, log)
    before = shelf.dump()
    with held(shelf) as release:
        futures = [shelf.store._writer.submit(one) for one in (lambda _: None, die, lambda _: None)]
        release()
        for future in futures:
            with pytest.raises(StorageFailed):
                future.result(10)
    assert shelf.dump() == before
    assert shelf.store.states.get(world.programme) is None
    assert shelf.push(world, world.lead, entry).accepted == {log: [(1, 1)]}


class Dying(Faults):
    """The connection is lost at the next COMMIT that is `armed`: when it is done, or before."""

    armed = ""

    def open(self, place: Any) -> Postgres:
        faults = self

        class DyingDriver(Driver):
            def __init__(self, raw: Raw) -> None:
                super().__init__(raw)
                self.raw = raw

            def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Rows:
                if sql == "COMMIT" and faults.armed:
                    if faults.armed == "after":
                        super().execute(sql)
                    faults.armed = ""
                    self.raw.close()
                return super().execute(sql, parameters)

        return Postgres(place.url, alone=True, driver=DyingDriver)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_commit_of_which_the_outcome_is_unknown_promises_nothing(place: Address, when: str) -> None:
    dying = Dying()
    shelf = Shelf.open(place, dying)
    world = World.found(1)
    shelf.found(world)
    world.invite("recovery")
    entry = world.entries[-1]
    before = shelf.dump()
    dying.armed = when
    with pytest.raises(StorageFailed):
        shelf.push(world, world.lead, entry)
    assert shelf.store.states.get(world.programme) is None
    assert (shelf.dump() == before) == (when == "before")
    # Sent again it is acknowledged, and stands there once.
    assert shelf.push(world, world.lead, entry).accepted[world.programme] == [(2, 2)]
    assert len(shelf.dump()["entries"]) == 2
    shelf.store.close()


class Stuck(Faults):
    """The next COMMIT and the ROLLBACK after it never reach PostgreSQL, and the connection lives on."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = list[str]()

    def check(self, sql: str) -> None:
        if sql in self.armed:
            self.armed.remove(sql)
            raise psycopg.OperationalError("another command is already in progress")
        super().check(sql)


def test_what_could_not_be_rolled_back_is_not_committed_with_what_comes_next(place: Address) -> None:
    """PostgreSQL only warns of a BEGIN within a transaction."""
    stuck = Stuck()
    shelf = Shelf.open(place, stuck)
    world = World.found(1)
    shelf.found(world)
    log, before = world.log("personal", world.lead), shelf.dump()
    entry = world.write(world.lead, log)
    stuck.armed += "COMMIT", "ROLLBACK"
    with pytest.raises(StorageFailed):
        shelf.push(world, world.lead, entry)
    assert not stuck.armed
    shelf.store.check_writable().result(10)
    assert shelf.dump() == before
    assert shelf.push(world, world.lead, entry).accepted == {log: [(1, 1)]}
    shelf.store.close()


@pytest.mark.usefixtures("impatient")
def test_a_server_that_lost_its_lock_writes_nothing_beside_another(shelf: Shelf, world: World) -> None:
    log = world.log("personal", world.lead)
    assert isinstance(shelf.place, Address)
    shelf.push(world, world.lead, world.write(world.lead, log))
    kill_connections(shelf.place)
    other = Shelf.open(shelf.place)
    other.push(world, world.lead, world.write(world.lead, log))
    mine = world.write(world.lead, log)
    before = other.dump()
    for _ in range(2):
        with pytest.raises(StorageFailed):
            shelf.push(world, world.lead, mine)
    assert other.dump() == before
    other.store.close()
    # It has the lock again, and knows what was written meanwhile.
    assert shelf.push(world, world.lead, mine).accepted[log] == [(3, 3)]


@pytest.mark.usefixtures("impatient")
def test_a_server_that_lost_its_lock_answers_nothing_from_memory(shelf: Shelf, world: World) -> None:
    """It did until it next wrote: phones that met both servers saw a history of the past."""
    assert isinstance(shelf.place, Address)
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log))
    kill_connections(shelf.place)
    other = Shelf.open(shelf.place)
    other.push(world, world.lead, world.write(world.lead, log))
    for _ in range(2):
        with pytest.raises(StorageFailed):
            shelf.store.state(world.programme)
    assert shelf.store.states.get(world.programme) is None
    other.store.close()
    shelf.store.with_ends(world.programme, [log]).result(10)
    state = shelf.store.state(world.programme)
    assert state is not None
    chain = state.chain(log)
    assert chain is not None
    assert chain.position == 2


@pytest.mark.parametrize("key", [1751215220, 1751215222])
def test_a_server_keeps_others_away_by_either_lock_and_has_both_again(shelf: Shelf, world: World, key: int) -> None:
    assert isinstance(shelf.place, Address)
    for _ in range(2):
        with connected(shelf.place) as raw:
            raw.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
                " WHERE locktype = 'advisory' AND classid = %s AND objid::bigint ="
                " hashtext(current_schema()) & 4294967295::bigint",
                (key,),
            )
        state = shelf.store.state(world.programme)
        assert state is not None
        assert state.roster == world.state
    with pytest.raises(AlreadyServed):
        Postgres(shelf.place.url, alone=True)
    assert shelf.push(world, world.lead, world.write(world.lead, world.log("commons"))).accepted


@pytest.mark.parametrize("log_name", ["personal", "roster"])
def test_a_standby_that_lacks_what_was_acknowledged_is_not_gone_on_with(
    shelf: Shelf, world: World, log_name: str
) -> None:
    """Phones that had seen more than it has were given a second history."""
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log))
    shelf.push(world, world.lead, world.write(world.lead, log))
    world.invite("recovery")
    shelf.push(world, world.lead, world.entries[-1])
    assert isinstance(shelf.place, Address)
    shelf.run("DELETE FROM entries WHERE log = ?1 AND position = 2", log if log_name == "personal" else world.programme)
    kill_connections(shelf.place)
    before = shelf.dump()
    for _ in range(2):
        with pytest.raises(StorageFailed):
            shelf.push(world, world.lead, world.sealing(world.lead, log))
        with pytest.raises(StorageFailed):
            shelf.store.state(world.programme)
    assert shelf.dump() == before
    # An operator who declares it may go on.
    shelf.store.close()
    assert begin(shelf.place) == 1
    shelf.store = Store(open_at(shelf.place, alone=True))
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.healing


def test_a_job_that_hides_an_error_is_not_acknowledged(shelf: Shelf, world: World) -> None:
    """PostgreSQL answers the COMMIT of a transaction that failed, and has rolled it back."""

    def hiding(transaction: Transaction) -> None:
        with pytest.raises(transaction.errors):
            transaction.driver.execute("SELECT 1 / 0")

    before = shelf.dump()
    with pytest.raises(StorageFailed):
        shelf.store._writer.submit(hiding).result(10)
    assert shelf.dump() == before
    assert shelf.push(world, world.lead, world.write(world.lead, world.log("commons"))).accepted


# Erasing.


def test_of_an_erased_body_no_row_is_left_once_it_was_vacuumed(shelf: Shelf) -> None:
    scene = Scene(shelf)
    assert isinstance(shelf.place, Address)
    with connected(shelf.place) as raw:
        raw.execute("CREATE EXTENSION pgstattuple")

        def dead() -> list[int]:
            toast = "(SELECT reltoastrelid FROM pg_class WHERE oid = 'entries'::regclass)"
            return [
                raw.execute(f"SELECT dead_tuple_count FROM pgstattuple({table})").fetchone()[0]  # type: ignore[index]
                for table in ("'entries'::regclass", toast)
            ]

        scene.push(Erase(FIRST_DAY, scene.leaves(0)))
        scene.erase_due(DUE)
        assert min(dead()) > 0
        shelf.store.vacuum()
        assert dead() == [0, 0]
    assert scene.bodies()[0] is None


# Backups.


def test_a_dump_brings_everything_back(tmp_path: Path) -> None:
    """As docs/operator.md has it: while the server runs, into an empty database, declared."""
    copy = tmp_path / "copy.dump"
    with database() as lost, database() as restored:
        shelf, world = Shelf.open(lost), World.found(1)
        shelf.found(world)
        log = world.log("personal", world.lead)
        shelf.push(world, world.lead, *(world.write(world.lead, log, bytes(number)) for number in range(3)))
        subprocess.run([program("pg_dump"), "--format=custom", "--file", copy, lost.url], check=True)
        before = shelf.dump()
        shelf.store.close()
        subprocess.run([program("pg_restore"), "--dbname", restored.url, copy], check=True)
        assert dump(restored) == before
        assert begin(restored) == 1
        again = Shelf.open(restored)
        state = again.store.state(world.programme)
        assert state is not None
        assert (state.roster, state.healing) == (world.state, True)
        again.store.close()


def test_it_is_no_file_to_copy(place: Address, tmp_path: Path) -> None:
    with pytest.raises(NoFile, match="pg_dump"):
        backup.copy(place, tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []
