"""The keystore: which database is this phone's present one, through every crash."""

import copy
import os
import pickle
import stat
from pathlib import Path

import pytest

from device.keystore import INCARNATION_FILE, KEY_FILE, Keystore, write_file


def reopened(folder: Path) -> Keystore:
    return Keystore(folder, os.urandom)


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    Keystore.create(tmp_path / "k", os.urandom)
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "k").iterdir()} == {0o600}


def test_it_shows_nothing(tmp_path: Path) -> None:
    keystore = Keystore.create(tmp_path, os.urandom)
    assert repr(keystore) == str(keystore) == "<Keystore>"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(keystore)


def test_a_crash_before_the_commit_and_one_after_it_leave_the_phone_its_own(tmp_path: Path) -> None:
    keystore = Keystore.create(tmp_path, os.urandom)
    old = keystore.mark
    assert reopened(tmp_path).settle(old)
    new = keystore.advance()
    assert reopened(tmp_path).settle(old)
    newer = reopened(tmp_path).advance()
    assert reopened(tmp_path).settle(newer)
    assert not reopened(tmp_path).settle(old)
    assert not reopened(tmp_path).settle(new)


def test_a_failed_commit_is_followed_by_another(tmp_path: Path) -> None:
    keystore = Keystore.create(tmp_path, os.urandom)
    abandoned = keystore.advance()
    committed = keystore.advance()
    assert keystore.settle(committed)
    assert not reopened(tmp_path).settle(abandoned)
    assert reopened(tmp_path).settle(committed)


def test_many_advances_keep_only_the_last(tmp_path: Path) -> None:
    keystore = Keystore.create(tmp_path, os.urandom)
    marks = [keystore.mark]
    for _ in range(5):
        marks.append(keystore.advance())
        assert keystore.settle(marks[-1])
    assert [reopened(tmp_path).settle(mark) for mark in marks] == [False] * 5 + [True]


@pytest.mark.parametrize("raw", [b"", b"short", bytes(64), b"x" * 64])
def test_without_its_incarnation_every_database_is_a_restored_one(tmp_path: Path, raw: bytes) -> None:
    mark = Keystore.create(tmp_path, os.urandom).mark
    (tmp_path / INCARNATION_FILE).write_bytes(raw)
    assert not reopened(tmp_path).settle(mark)
    (tmp_path / INCARNATION_FILE).unlink()
    assert not reopened(tmp_path).settle(mark)


def test_a_write_torn_by_a_power_cut_leaves_the_other_incarnation(tmp_path: Path) -> None:
    keystore = Keystore.create(tmp_path, os.urandom)
    old = keystore.mark
    keystore.advance()
    raw = (tmp_path / INCARNATION_FILE).read_bytes()
    (tmp_path / INCARNATION_FILE).write_bytes(raw[:40] + bytes(24))
    assert reopened(tmp_path).settle(old)


def test_without_a_key_there_is_no_keystore(tmp_path: Path) -> None:
    Keystore.create(tmp_path, os.urandom)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(FileNotFoundError):
        reopened(tmp_path)


def test_a_file_is_replaced_wholly_or_not_at_all(tmp_path: Path) -> None:
    write_file(tmp_path / "f", b"before")
    with pytest.raises(TypeError):
        write_file(tmp_path / "f", "not bytes")  # type: ignore[arg-type]
    assert (tmp_path / "f").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
