"""The vault: what was written is there and unreadable, and every misfortune is said in words and loses nothing."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from crypto.errors import PasscodeWrong
from device import vault as module
from device.keystore import Keystore
from device.tables import DatabaseNewer
from device.vault import AlreadyHere, NotHere, Vault, VaultFull, VaultLocked
from tests.device.local import opened_vault
from tests.device.vaults import MARKER, OTHER_WORDS, ROOT, WORDS, create, keys, put, reopen, sign


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with opened_vault(tmp_path) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)


def test_what_was_written_is_there_and_unreadable(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        put(vault, "a")
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {path.name for path in files} >= {"vault.db", "vault.db-wal", "salt", "key", "incarnation"}
        raw = b"".join(path.read_bytes() for path in files)
    raw += (tmp_path / "vault" / "vault.db").read_bytes()
    assert MARKER not in raw
    assert b"SQLite" not in raw
    with reopen(tmp_path, f"  {WORDS.upper()} ") as vault:
        assert keys(vault) == {"a"}
        assert not vault.restored


def test_only_the_owner_reads_its_files(vault: Vault) -> None:
    put(vault, "a")
    assert {stat.S_IMODE(path.stat().st_mode) for path in vault.directory.iterdir()} == {0o600}


def test_durability_is_not_left_to_defaults(vault: Vault) -> None:
    settings = {name: vault.read().execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert vault.read().execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert vault.read().execute("PRAGMA cipher_version").fetchone() is not None


def test_it_shows_nothing(vault: Vault) -> None:
    assert repr(vault) == "<Vault>"


def test_a_wrong_passcode_changes_nothing(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        put(vault, "a")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(PasscodeWrong):
        reopen(tmp_path, OTHER_WORDS)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    with reopen(tmp_path) as vault:
        assert keys(vault) == {"a"}


@pytest.mark.parametrize("passcode", ["", "1234", "abandon abandon", "five words of no listzzz"])
def test_a_passcode_is_five_words_of_the_list(tmp_path: Path, passcode: str) -> None:
    with pytest.raises(PasscodeWrong):
        Vault.create(tmp_path / "vault", tmp_path / "keystore", passcode, os.urandom)
    assert list(tmp_path.iterdir()) == []


def test_the_passcode_alone_opens_nothing(tmp_path: Path) -> None:
    create(tmp_path).close()
    (tmp_path / "keystore" / "key").write_bytes(os.urandom(32))
    with pytest.raises(PasscodeWrong):
        reopen(tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match="no vault"):
        reopen(tmp_path)
    create(tmp_path).close()
    (tmp_path / "vault" / "salt").rename(tmp_path / "salt")
    with pytest.raises(NotHere, match="salt is missing"):
        reopen(tmp_path)
    (tmp_path / "salt").rename(tmp_path / "vault" / "salt")
    shutil.rmtree(tmp_path / "keystore")
    with pytest.raises(NotHere, match="key is missing"):
        reopen(tmp_path)


def test_an_emptied_file_is_no_vault(tmp_path: Path) -> None:
    create(tmp_path).close()
    (tmp_path / "vault" / "vault.db").write_bytes(b"")
    with pytest.raises(NotHere):
        reopen(tmp_path)


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    create(tmp_path).close()
    raw = (tmp_path / "vault" / "vault.db").read_bytes()
    (tmp_path / "vault" / "vault.db").write_bytes(raw[:100] + bytes([raw[100] ^ 1]) + raw[101:])
    with pytest.raises(PasscodeWrong, match="damaged"):
        reopen(tmp_path)


def test_a_vault_is_not_made_over_another(tmp_path: Path) -> None:
    create(tmp_path).close()
    before = (tmp_path / "keystore" / "key").read_bytes()
    with pytest.raises(AlreadyHere):
        create(tmp_path)
    assert (tmp_path / "keystore" / "key").read_bytes() == before
    reopen(tmp_path).close()


def test_a_making_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    for name in ("vault.db.new", "vault.db.new-wal", "vault.db.new-journal", "salt.new"):
        (tmp_path / "vault" / name).write_bytes(b"half of it")
    create(tmp_path).close()
    reopen(tmp_path).close()


@pytest.mark.usefixtures("impatient")
def test_a_second_process_is_told(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from device import vault; vault.WAIT = 0.05\n"
        "try: vault.Vault.open(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], os.urandom)\n"
        "except vault.VaultLocked as error: print(error)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "vault"), str(tmp_path / "keystore"), WORDS]
    with create(tmp_path) as vault:
        told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        assert "another program" in told.stdout
        put(vault, "a")


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_is_said_and_opens_later(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        put(vault, "a")
        with pytest.raises(VaultLocked, match="another program"):
            reopen(tmp_path)
    with reopen(tmp_path) as vault:
        assert keys(vault) == {"a"}


def test_a_keystore_that_cannot_be_settled_leaves_no_lock_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stayed open, and with it the exclusive lock: no second try in one process came through."""
    create(tmp_path).close()

    def fail(*_: object) -> bool:
        raise OSError(errno.ENOSPC, "no space")

    opened, connect = list[Any](), module._connect

    def kept(path: Path, key: bytes) -> Any:
        # Referred to from here, it is not closed by being forgotten.
        opened.append(connect(path, key))
        return opened[-1]

    monkeypatch.setattr(module, "_connect", kept)
    with monkeypatch.context() as failing:
        failing.setattr(Keystore, "settle", fail)
        with pytest.raises(VaultFull):
            reopen(tmp_path)
    with reopen(tmp_path) as vault:
        put(vault, "key")
    assert len(opened) == 2


def test_a_full_disk_is_said_and_loses_nothing(vault: Vault) -> None:
    put(vault, "before")
    (pages,) = vault.read().execute("PRAGMA page_count").fetchone()
    vault.read().execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(VaultFull, match="disk is full"):
        put(vault, "too much", os.urandom(100_000))
    assert keys(vault) == {"before"}
    vault.read().execute("PRAGMA max_page_count = 1000000")
    put(vault, "after")
    assert keys(vault) == {"before", "after"}


def test_a_keystore_on_a_full_disk_is_said_and_loses_nothing(vault: Vault, tmp_path: Path) -> None:
    put(vault, "before")
    incarnation = tmp_path / "keystore" / "incarnation"
    incarnation.rename(tmp_path / "aside")
    incarnation.symlink_to("/dev/full")
    with pytest.raises(VaultFull):
        sign(vault, 1)
    assert vault.read().execute("SELECT COUNT(*) FROM outbox").fetchone() == (0,)
    (tmp_path / "aside").rename(incarnation)
    sign(vault, 1)
    assert vault.read().execute("SELECT COUNT(*) FROM outbox").fetchone() == (1,)


def test_a_full_disk_stops_the_making_of_a_vault(tmp_path: Path) -> None:
    (tmp_path / "keystore").mkdir()
    (tmp_path / "keystore" / "key.new").symlink_to("/dev/full")
    with pytest.raises(VaultFull):
        create(tmp_path)
    assert not (tmp_path / "vault" / "vault.db").exists()


def test_an_exception_rolls_back(vault: Vault) -> None:
    with pytest.raises(sqlcipher.IntegrityError), vault.write() as connection:
        connection.executemany("INSERT INTO meta VALUES (?, x'')", [("a",), ("a",)])
    assert keys(vault) == set()
    put(vault, "b")


def test_writes_do_not_nest(vault: Vault) -> None:
    with pytest.raises(sqlcipher.OperationalError, match="within a transaction"), vault.write(), vault.write():
        pass
    put(vault, "a")


def test_a_newer_database_is_not_touched(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        vault.read().execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseNewer):
        reopen(tmp_path)


WRITE_FOR_EVER = """
import os, sys
from pathlib import Path
from device.vault import Vault
vault = Vault.open(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], os.urandom)
for number in range(1, 1_000_000):
    with vault.write() as connection:
        connection.execute("INSERT INTO outbox (log, sequence, header, signature) VALUES (x'', ?, x'', x'')", (number,))
    print(number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_written_and_restores_nothing(tmp_path: Path) -> None:
    create(tmp_path).close()
    paths = [str(tmp_path / name) for name in ("vault", "keystore")]
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, *paths, WORDS], cwd=ROOT, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        written = [int(child.stdout.readline()) for _ in range(100)]
        child.send_signal(signal.SIGKILL)
        written += [int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    with reopen(tmp_path) as vault:
        assert not vault.restored
        here = {row[0] for row in vault.read().execute("SELECT sequence FROM outbox")}
        assert here >= set(written)
        sign(vault, 1_000_000)
