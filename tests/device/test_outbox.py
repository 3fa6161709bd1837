"""The outbox: bytes that stay the same until they came back, and numbers that never come back."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.signing import SigningKey
from device import outbox
from device.outbox import NO_ROWS, Rows
from device.vault import Vault
from sync.log import SUITE, ZERO, Cursor, Entry, Header
from tests.device.local import opened_vault

LOG, OTHER = b"L" * 32, b"M" * 32
KEY = SigningKey.from_seed(bytes(32))
SEEN = Cursor(0, bytes(32))

rows = st.builds(
    Rows,
    st.lists(st.binary(min_size=8, max_size=8), max_size=3).map(tuple),
    st.lists(st.tuples(st.binary(max_size=4), st.integers(1, 9), st.binary(max_size=4), st.binary()), max_size=3).map(
        tuple
    ),
    st.binary(max_size=4),
    st.lists(st.binary(max_size=4), max_size=3).map(tuple),
)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


def entry(number: int, log: bytes = LOG, body: bytes = b"body") -> Entry:
    return Entry.sign(Header(SUITE, log, b"d" * 32, number, "sealed", 1, ZERO, SEEN, SEEN, ZERO), body, KEY)


def put(vault: Vault, *entries: Entry, rows: Rows = NO_ROWS) -> None:
    with vault.write() as connection:
        for one in entries:
            outbox.put(connection, one, rows)


@given(rows)
def test_rows_come_back_as_they_were(rows: Rows) -> None:
    assert Rows.decode(rows.encode()) == rows
    assert rows + NO_ROWS == NO_ROWS + rows == rows


@given(rows, rows, rows)
def test_rows_add_up_in_any_grouping(one: Rows, two: Rows, three: Rows) -> None:
    assert (one + two) + three == one + (two + three)


def test_what_waits_comes_out_in_the_order_of_its_numbers(vault: Vault) -> None:
    put(vault, entry(10), entry(2), entry(9), entry(1, OTHER))
    reader = vault.read()
    assert [one.sequence for one in outbox.waiting(reader, LOG)] == [2, 9, 10]
    assert [one.sequence for one in outbox.waiting(reader, LOG, most=2)] == [2, 9]
    newest = outbox.last(reader, LOG)
    assert newest is not None
    assert newest.leaf == entry(10).leaf
    assert outbox.waiting_logs(reader) == [LOG, OTHER]
    assert outbox.count(reader) == 4
    assert outbox.last(reader, b"N" * 32) is None
    with vault.write() as connection:
        outbox.drop(connection, LOG, 9)
    assert [one.sequence for one in outbox.waiting(reader, LOG)] == [2, 10]
    assert outbox.waiting_one(reader, LOG, 9) is None


def test_the_bytes_that_go_up_again_are_the_same(vault: Vault) -> None:
    sent = entry(1, body=os.urandom(4096))
    put(vault, sent, rows=Rows(keys=(b"k",), taken=(b"a" * 16,)))
    for _ in range(2):
        (again,) = outbox.waiting(vault.read(), LOG)
        assert again.entry == sent
        assert again.rows == Rows(keys=(b"k",), taken=(b"a" * 16,))


def test_a_number_is_put_once(vault: Vault) -> None:
    put(vault, entry(1))
    with pytest.raises(Exception, match="UNIQUE"):
        put(vault, entry(1, body=b"other"))
    (kept,) = outbox.waiting(vault.read(), LOG)
    assert kept.entry == entry(1)


def test_the_last_number_outlives_its_entry(vault: Vault) -> None:
    assert outbox.last_signed(vault.read(), LOG) == 0
    put(vault, entry(7))
    with vault.write() as connection:
        outbox.drop(connection, LOG, 7)
    assert outbox.last_signed(vault.read(), LOG) == 7
    assert outbox.last_signed(vault.read(), OTHER) == 0


def test_a_number_that_is_no_number_is_no_zero(vault: Vault) -> None:
    with vault.write() as connection:
        connection.execute("INSERT INTO meta VALUES (?, ?)", (outbox.signed_key(LOG), b"\x61x"))
    with pytest.raises(TypeError):
        outbox.last_signed(vault.read(), LOG)


@pytest.mark.parametrize(("read", "pending", "following"), [(0, [], 1), (5, [], 6), (5, [9, 7], 10), (9, [3], 10)])
def test_a_stamp_is_above_all_that_was_read_and_all_that_is_on_its_way(
    vault: Vault, read: int, pending: list[int], following: int
) -> None:
    with vault.write() as connection:
        connection.execute("INSERT INTO logs(log, name) VALUES (?, 'personal')", (LOG,))
        outbox.advance_stamp(connection, LOG, read)
        outbox.advance_stamp(connection, LOG, 0)
        changes: list[Any] = [(LOG, number.to_bytes(16, "big"), stamp) for number, stamp in enumerate(pending, 1)]
        connection.executemany(
            "INSERT INTO pending(log, record, type, version, deleted, removed, seen, sequence, stamp)"
            " VALUES (?, ?, 'contact', 1, 0, 0, 0, 1, ?)",
            changes,
        )
    assert outbox.next_stamp(vault.read(), LOG) == following
    assert outbox.next_stamp(vault.read(), OTHER) == 1
