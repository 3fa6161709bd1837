"""Erased means that the bytes are in no file of the database any more, whatever happened on the way."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store.sqlite import scrubbed
from sync.erasure import Erase
from tests.contract.test_erasures import DUE, Scene
from tests.support.programme import FIRST_DAY
from tests.support.storage import Faults, Shelf


def found_in(folder: Path, body: bytes) -> list[str]:
    """The files that hold a piece of the body: its pages lie apart, so each piece is searched for."""
    pieces = [body[at : at + 64] for at in range(0, len(body) - 64, 64)]
    return [
        path.name
        for path in sorted(folder.iterdir())
        if (content := path.read_bytes()) and any(piece in content for piece in pieces)
    ]


def body_of(scene: Scene, number: int = 0) -> bytes:
    return scene.sealed[number].check_body()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf.open(tmp_path / "hallway.sqlite")


def test_an_erased_body_is_in_no_file(shelf: Shelf, tmp_path: Path) -> None:
    scene = Scene(shelf)
    scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    assert found_in(tmp_path, body_of(scene))
    scene.erase_due(DUE)
    assert found_in(tmp_path, body_of(scene)) == []
    assert found_in(tmp_path, body_of(scene, 1))
    shelf.store.close()
    assert found_in(tmp_path, body_of(scene)) == []


def test_with_a_code_it_is_in_no_file_when_the_push_is_answered(shelf: Shelf, tmp_path: Path) -> None:
    scene = Scene(shelf)
    scene.push(Erase(FIRST_DAY, scene.leaves(0, 1)), scene.code)
    assert [found_in(tmp_path, body_of(scene, number)) for number in (0, 1)] == [[], []]
    shelf.store.close()


def test_a_large_body_leaves_no_page_behind(shelf: Shelf, tmp_path: Path) -> None:
    scene = Scene(shelf)
    large = scene.world.write(scene.world.lead, scene.log, bytes(900_000))
    shelf.push(scene.world, scene.world.lead, large)
    scene.push(Erase(FIRST_DAY, (large.leaf,)), scene.code)
    assert found_in(tmp_path, large.check_body()) == []
    shelf.store.close()


def test_a_reader_in_the_way_only_delays_it(shelf: Shelf, tmp_path: Path) -> None:
    scene = Scene(shelf)
    scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM entries").fetchone()
        scene.erase_due(DUE)
        assert found_in(tmp_path, body_of(scene))
    shelf.store.check_writable().result(10)
    assert found_in(tmp_path, body_of(scene)) == []
    shelf.store.close()


def test_a_server_that_died_before_the_log_was_emptied_empties_it_at_its_start(tmp_path: Path) -> None:
    folder, copy = tmp_path / "one", tmp_path / "copy"
    folder.mkdir()
    shelf = Shelf.open(folder / "hallway.sqlite")
    scene = Scene(shelf)
    scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM entries").fetchone()
        scene.erase_due(DUE)
        copy.mkdir()
        for path in folder.iterdir():
            if not path.name.endswith(("-shm", ".lock")):
                shutil.copy(path, copy)
    shelf.store.close()
    assert found_in(copy, body_of(scene))
    again = Shelf.open(copy / "hallway.sqlite")
    again.store.erase_due(DUE).result(10)
    assert found_in(copy, body_of(scene)) == []
    again.store.close()


@pytest.mark.parametrize("when", ["COMMIT", "UPDATE entries", "PRAGMA wal_checkpoint"])
def test_a_disk_that_fails_erases_nothing_by_halves(tmp_path: Path, when: str) -> None:
    faults = Faults()
    shelf = Shelf.open(tmp_path / "hallway.sqlite", faults)
    scene = Scene(shelf)
    scene.push(Erase(FIRST_DAY, scene.leaves(0, 1)))
    faults.when, faults.fault = when, sqlite3.OperationalError("disk I/O error")
    outcome = shelf.store.erase_due(DUE)
    failed = outcome.exception(10) is not None
    faults.fault = None
    assert failed == (when != "PRAGMA wal_checkpoint")
    scene.erase_due(DUE)
    assert scene.bodies()[:2] == [None, None]
    assert found_in(tmp_path, body_of(scene)) == []
    shelf.store.close()


def test_emptying_the_log_waits_for_nobody(shelf: Shelf) -> None:
    Scene(shelf)
    with closing(sqlite3.connect(shelf.path, isolation_level=None)) as one:
        assert scrubbed(one)
        (timeout,) = one.execute("PRAGMA busy_timeout").fetchone()
    assert timeout == 5_000
    shelf.store.close()
