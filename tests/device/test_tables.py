"""Migrations of the phone's database."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from device import tables
from device.tables import MIGRATIONS, DatabaseNewer, migrate


@pytest.fixture
def connection() -> Iterator[Any]:
    opened = sqlcipher.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def names(connection: Any) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def version(connection: Any) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_an_empty_database_becomes_current_once(connection: Any) -> None:
    migrate(connection)
    migrate(connection)
    assert version(connection) == len(MIGRATIONS)
    assert names(connection) == {
        *("meta", "incarnation", "logs", "entries", "outbox", "epoch_keys", "quarantine", "records", "pending"),
        *("heard", "notices", "erasures", "erased", "omissions", "answers", "aside", "dropped", "echoes"),
        *("witnessed", "claims", "forks", "deletions"),
        *("offer_keys", "verify_keys", "verified", "totals", "moments", "reports", "settled"),
    }


def test_a_newer_database_is_left_alone(connection: Any) -> None:
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseNewer, match="update"):
        migrate(connection)
    assert (version(connection), names(connection)) == (99, set())


def test_a_step_that_fails_leaves_the_one_before(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(connection)
    broken = (*MIGRATIONS, ("CREATE TABLE extra (a INTEGER)", "CREATE TABLE meta (a INTEGER)"))
    monkeypatch.setattr(tables, "MIGRATIONS", broken)
    with pytest.raises(sqlcipher.OperationalError):
        migrate(connection)
    assert version(connection) == len(MIGRATIONS)
    assert "extra" not in names(connection)


def test_a_value_of_another_type_is_refused(connection: Any) -> None:
    migrate(connection)
    with pytest.raises(sqlcipher.IntegrityError):
        connection.execute("INSERT INTO epoch_keys (log, epoch, key) VALUES ('text', 1, x'00')")


def test_an_entry_in_the_outbox_is_a_signature(connection: Any) -> None:
    migrate(connection)
    connection.execute("INSERT INTO incarnation (mark) VALUES (x'00')")
    connection.execute("INSERT INTO outbox (log, sequence, header, signature) VALUES (x'00', 1, x'00', x'00')")
    assert connection.execute("SELECT signed FROM incarnation").fetchone() == (1,)
