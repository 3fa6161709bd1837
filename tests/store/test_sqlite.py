"""The embedded database: durable, private, migrated, and served by one process."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import PrimaryKeyConstraint
from sqlmodel import SQLModel

from store import tables
from store.errors import AlreadyServed, StorageFailed
from store.sqlite import Sqlite
from store.store import Store
from store.tokens import mint
from tests.support.storage import dump

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hallway.sqlite"


def test_each_connection_is_durable(path: Path) -> None:
    database = Sqlite(path)
    for opened in (database.connect(), database.connect()):
        expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
        for pragma, value in expected.items():
            assert opened.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        opened.close()
    database.close()


def test_its_files_are_private(path: Path) -> None:
    path.touch(0o644)
    store = Store(Sqlite(path, alone=True))
    mint(path, bytes)
    files = sorted(path.parent.iterdir())
    assert {file.name for file in files} >= {"hallway.sqlite", "hallway.sqlite-wal", "hallway.sqlite.lock"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    store.close()


def test_the_migrations_make_the_tables_of_the_models(path: Path) -> None:
    database = Sqlite(path)
    with database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_opening_again_migrates_nothing(path: Path) -> None:
    Sqlite(path).close()
    before = dump(path)
    Sqlite(path).close()
    assert dump(path) == before


def test_a_migration_that_fails_leaves_the_old_schema(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE names (mine)")
    connection.close()
    with pytest.raises(StorageFailed):
        Sqlite(path)
    assert dump(path) == {"names": []}


def test_a_file_that_is_no_database_is_said(path: Path) -> None:
    path.write_bytes(b"certainly not a database" * 100)
    with pytest.raises(StorageFailed):
        Sqlite(path, alone=True)
    path.unlink()
    Sqlite(path, alone=True).close()


def test_the_programme_comes_first_in_every_key() -> None:
    assert tables.EntryRow.metadata is SQLModel.metadata
    for table in SQLModel.metadata.tables.values():
        if table.name == "founding_tokens":
            continue
        keys = [list(index.columns) for index in table.indexes]
        keys += [list(key.columns) for key in table.constraints if isinstance(key, PrimaryKeyConstraint)]
        assert {key[0].name for key in keys} == {"programme"}, table.name


def test_migrations_import_nothing_of_the_models() -> None:
    for script in (ROOT / "alembic" / "versions").glob("*.py"):
        source = script.read_text()
        assert "sqlmodel" not in source
        assert "store" not in source


def test_a_database_is_served_by_one_process(path: Path) -> None:
    store = Store(Sqlite(path, alone=True))
    with pytest.raises(AlreadyServed):
        Sqlite(path, alone=True)
    other = (
        "import sys; from pathlib import Path; from store.sqlite import Sqlite; Sqlite(Path(sys.argv[1]), alone=True)"
    )
    command = [sys.executable, "-c", other, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "AlreadyServed" in done.stderr
    store.close()
    Sqlite(path, alone=True).close()


def test_a_token_can_be_minted_while_the_server_runs(path: Path) -> None:
    store = Store(Sqlite(path, alone=True))
    tokens = {mint(path, os.urandom) for _ in range(3)}
    assert len(tokens) == 3
    stored = dump(path)["founding_tokens"]
    assert len(stored) == 3
    assert not any(token in row for token in tokens for row in stored)
    store.close()


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(path: Path) -> None:
    Sqlite(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of_next_year'")
    connection.close()
    for _ in range(2):
        with pytest.raises(StorageFailed, match="newer version"):
            Sqlite(path)
