"""Little reads that are answered without another thread say what `pull` says, or leave it to `pull`."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.errors import StorageFailed
from store.pull import Ask
from store.store import NEAR_BYTES, NEAR_ENTRIES
from sync.log import Cursor
from tests.support.actors import World
from tests.support.storage import Faults, Shelf

PLENTY = 8_388_608


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def shelf(tmp_path: Path, faults: Faults) -> Iterator[Shelf]:
    opened = Shelf.open(tmp_path / "hallway.sqlite", faults)
    yield opened
    opened.store.close()


def written(shelf: Shelf, *sizes: int) -> tuple[World, Ask]:
    """A world with entries of these sizes of content in the lead's own space, and a pull of all of them."""
    world = World.found()
    shelf.found(world)
    log = world.log("personal", world.lead)
    for size in sizes:
        shelf.push(world, world.lead, world.write(world.lead, log, bytes(size)))
    space = world.space(log)
    return world, Ask(log, Cursor(0, space.heads[0]), space.chain.cursor)


@pytest.mark.parametrize("budget", [4_096, 10_000, PLENTY])
def test_a_little_is_read_as_pull_reads_it(shelf: Shelf, budget: int) -> None:
    world, ask = written(shelf, 1, 2, 3)
    expected = shelf.store.pull(world.programme, [ask], budget)
    assert shelf.store.pull_near(world.programme, [ask], budget) == expected


def test_many_entries_are_left_to_pull(shelf: Shelf) -> None:
    world, ask = written(shelf, *[1] * (NEAR_ENTRIES + 1))
    assert shelf.store.pull_near(world.programme, [ask], PLENTY) is None


def test_a_cursor_beyond_the_head_does_not_make_up_for_many_entries(shelf: Shelf) -> None:
    world, ask = written(shelf, *[1] * (NEAR_ENTRIES + 1))
    beyond = Ask(world.programme, Cursor(2**53 - 1, bytes(32)), world.state.chain.cursor)
    assert shelf.store.pull_near(world.programme, [beyond, ask], PLENTY) is None


def test_large_entries_are_left_to_pull_unless_the_client_wants_few_bytes(shelf: Shelf) -> None:
    world, ask = written(shelf, 50_000, 50_000)
    assert shelf.store.pull_near(world.programme, [ask], PLENTY) is None
    assert shelf.store.pull_near(world.programme, [ask], NEAR_BYTES) == shelf.store.pull(
        world.programme, [ask], NEAR_BYTES
    )


def test_a_database_that_does_not_answer_is_a_storage_failure(shelf: Shelf, faults: Faults) -> None:
    world, ask = written(shelf, 1)
    faults.when, faults.fault = "SELECT position", sqlite3.OperationalError("disk I/O error")
    with pytest.raises(StorageFailed):
        shelf.store.pull_near(world.programme, [ask], PLENTY)
    faults.fault = None
    assert shelf.store.pull_near(world.programme, [ask], PLENTY) is not None
