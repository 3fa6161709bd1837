"""A database that was put back signs nothing, and no crash is taken for that."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from device.vault import VaultRestored
from tests.device.vaults import ROOT, WORDS, create, keys, put, reopen, sign


def backup(folder: Path, name: str) -> None:
    shutil.copytree(folder / "vault", folder / name)


def restore(folder: Path, name: str) -> None:
    shutil.rmtree(folder / "vault")
    shutil.copytree(folder / name, folder / "vault")


def test_a_restored_database_signs_nothing_and_keeps_everything(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        sign(vault, 1)
        put(vault, "unsent")
    backup(tmp_path, "monday")
    with reopen(tmp_path) as vault:
        sign(vault, 2)
    restore(tmp_path, "monday")
    for _ in range(2):
        with reopen(tmp_path) as vault:
            assert vault.restored
            with pytest.raises(VaultRestored, match="restored from a backup"):
                sign(vault, 2)
            assert vault.read().execute("SELECT COUNT(*) FROM outbox").fetchone() == (1,)
            assert "unsent" in keys(vault)
    with reopen(tmp_path) as vault:
        put(vault, "written since")


def test_a_backup_taken_and_restored_within_one_run_is_found_too(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        backup(tmp_path, "just now")
        sign(vault, 1)
    restore(tmp_path, "just now")
    with reopen(tmp_path) as vault:
        assert vault.restored


def test_a_backup_that_missed_no_signature_is_as_good_as_the_phone(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        sign(vault, 1)
    backup(tmp_path, "monday")
    with reopen(tmp_path) as vault:
        put(vault, "read something")
    restore(tmp_path, "monday")
    with reopen(tmp_path) as vault:
        assert not vault.restored
        sign(vault, 2)


CRASH = """
import os, sys
from pathlib import Path
from device.keystore import Keystore
from device.vault import Vault
vault = Vault.open(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], os.urandom)
advance = Keystore.advance
def crash_before(self):
    advance(self)
    os._exit(0)
def crash_after(self, mark):
    os._exit(0)
if sys.argv[4] == "before":
    Keystore.advance = crash_before
else:
    Keystore.settle = crash_after
with vault.write() as connection:
    connection.execute("INSERT INTO outbox (log, sequence, header, signature) VALUES (x'', 1, x'', x'')")
os._exit(1)
"""


@pytest.mark.parametrize(("moment", "rows"), [("before", 0), ("after", 1)])
def test_a_crash_around_the_commit_does_not_look_like_a_restore(tmp_path: Path, moment: str, rows: int) -> None:
    create(tmp_path).close()
    paths: list[Any] = [tmp_path / "vault", tmp_path / "keystore"]
    subprocess.run([sys.executable, "-c", CRASH, *paths, WORDS, moment], cwd=ROOT, check=True)
    for _ in range(2):
        with reopen(tmp_path) as vault:
            assert not vault.restored
            assert vault.read().execute("SELECT COUNT(*) FROM outbox").fetchone() == (rows,)
    with reopen(tmp_path) as vault:
        sign(vault, 2)
