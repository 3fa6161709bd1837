"""The server's key is made once, kept private, and never replaced silently."""

import os
import stat
from pathlib import Path

import pytest

from api.keyfile import KeyFileWrong, key_of, noise_key, server_key
from api.settings import Settings


def test_the_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "data" / "server.key"
    first = server_key(path, os.urandom)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == first.seed
    assert server_key(path, os.urandom).public == first.public
    assert [file.name for file in path.parent.iterdir()] == ["server.key"]


def test_a_new_key_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name was not on the disk when programmes already named the key: no backup of it could be there."""
    durable = list[tuple[bool, bool]]()

    def noting(file: int) -> None:
        durable.append((stat.S_ISDIR(os.fstat(file).st_mode), (tmp_path / "server.key").exists()))

    monkeypatch.setattr(os, "fsync", noting)
    server_key(tmp_path / "server.key", os.urandom)
    assert durable == [(False, False), (True, True)]


def test_no_new_key_is_made_for_a_database_that_is_there(tmp_path: Path) -> None:
    """A database put back without its key was served with a new one, and phones took it for an impostor."""
    settings = Settings(data=tmp_path)
    made = key_of(settings, os.urandom)
    settings.database_path.touch()
    assert key_of(settings, os.urandom).public == made.public
    settings.key_path.unlink()
    with pytest.raises(KeyFileWrong, match="backup"):
        key_of(settings, os.urandom)
    assert not settings.key_path.exists()


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(33)])
def test_a_damaged_key_is_said_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "server.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileWrong, match="backup"):
        server_key(path, os.urandom)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "server.key"
    server_key(path, os.urandom)
    path.chmod(mode)
    with pytest.raises(KeyFileWrong, match="chmod"):
        server_key(path, os.urandom)


def test_the_key_of_the_noise_is_made_once_and_is_another(tmp_path: Path) -> None:
    first = noise_key(tmp_path / "noise.key", os.urandom)
    assert len(first) == 32
    assert (tmp_path / "noise.key").read_bytes() == first == noise_key(tmp_path / "noise.key", os.urandom)
    (tmp_path / "noise.key").write_bytes(b"short")
    with pytest.raises(KeyFileWrong, match="released"):
        noise_key(tmp_path / "noise.key", os.urandom)
