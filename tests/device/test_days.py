"""Which day a phone writes: its own, or the server's where they differ by more than one."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.days import SECONDS, ahead, day_of, heard_at, note_server_day, today
from device.vault import Vault
from tests.device.local import opened_vault


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    with opened_vault(tmp_path_factory.mktemp("days")) as made:
        yield made


def test_before_the_server_was_heard_the_own_day_counts(vault: Vault) -> None:
    with vault.write() as connection:
        connection.execute("DELETE FROM meta")
    assert today(vault.read(), 86_399.9) == 0
    assert today(vault.read(), 86_400.0) == 1
    assert heard_at(vault.read()) is None


@given(
    own=st.integers(-(10**6), 10**6),
    server=st.integers(0, 10**6),
    later=st.integers(0, 1_000),
    second=st.floats(0, 86_399),
)
def test_the_day_written_is_never_more_than_one_off_the_servers(
    vault: Vault, own: int, server: int, later: int, second: float
) -> None:
    """However wrong the clock is, as long as it runs."""
    seconds = own * SECONDS + second
    with vault.write() as connection:
        note_server_day(connection, seconds, server)
    assert abs(today(vault.read(), seconds) - server) <= 1
    assert ahead(vault.read()) == (own - server if abs(own - server) > 1 else 0)
    assert abs(today(vault.read(), seconds + later * SECONDS) - (server + later)) <= 1
    assert heard_at(vault.read()) == int(seconds)


def test_a_day_apart_is_only_another_time_of_day(vault: Vault) -> None:
    for server in (99, 100, 101):
        with vault.write() as connection:
            note_server_day(connection, 100.5 * SECONDS, server)
        assert today(vault.read(), 100.5 * SECONDS) == 100


def test_days_are_counted_down_before_1970() -> None:
    assert day_of(-1.0) == -1


def test_a_kept_error_that_is_none_is_no_error(vault: Vault) -> None:
    with vault.write() as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('clock_error', ?)", (b"\x61x",))
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('heard_at', ?)", (b"\x61x",))
    assert today(vault.read(), 5.0 * SECONDS) == 5
    assert heard_at(vault.read()) is None
