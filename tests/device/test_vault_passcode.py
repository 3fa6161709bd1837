"""The passcode changes, whole or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crypto.errors import PasscodeWrong
from tests.device.vaults import OTHER_WORDS, ROOT, WORDS, create, keys, put, reopen


def test_the_passcode_changes(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        put(vault, "before")
        vault.change_passcode(OTHER_WORDS)
        put(vault, "after")
        assert vault.read().execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with pytest.raises(PasscodeWrong):
        reopen(tmp_path)
    with reopen(tmp_path, OTHER_WORDS) as vault:
        assert keys(vault) == {"before", "after"}
        assert not vault.restored
        with pytest.raises(PasscodeWrong):
            vault.change_passcode("1234")


CHANGE_PASSCODE = """
import os, sys
from pathlib import Path
from device.vault import Vault
vault = Vault.open(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], os.urandom)
print("opened", flush=True)
vault.change_passcode(sys.argv[4])
print("changed", flush=True)
"""


def test_a_kill_while_the_passcode_changes_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        for number in range(40):
            put(vault, str(number), os.urandom(100_000))
    now, following = WORDS, OTHER_WORDS
    for _ in range(4):
        command = [sys.executable, "-c", CHANGE_PASSCODE, *(str(tmp_path / name) for name in ("vault", "keystore"))]
        with subprocess.Popen([*command, now, following], cwd=ROOT, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"opened\n"
            # Argon2id first, then the rewriting: somewhere between them and beyond.
            time.sleep(0.1 + 0.2 * random.random())
            child.send_signal(signal.SIGKILL)
        try:
            vault = reopen(tmp_path, now)
        except PasscodeWrong:
            vault = reopen(tmp_path, following)
            now, following = following, now
        with vault:
            assert len(keys(vault)) == 40
            assert vault.read().execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert vault.read().execute("PRAGMA cipher_integrity_check").fetchall() == []


CHANGE_WITHOUT_ROOM = """
import os, resource, signal, sys
from pathlib import Path
from device.vault import Vault, VaultError
vault = Vault.open(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], os.urandom)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
try:
    vault.change_passcode(sys.argv[4])
except VaultError as error:
    print(error)
with vault.write() as connection:
    connection.execute("INSERT INTO meta VALUES ('after', x'')")
"""


def test_without_room_for_a_copy_the_passcode_stays_as_it_was(tmp_path: Path) -> None:
    with create(tmp_path) as vault:
        for number in range(20):
            put(vault, str(number), os.urandom(100_000))
    paths = [str(tmp_path / name) for name in ("vault", "keystore")]
    told = subprocess.run(
        [sys.executable, "-c", CHANGE_WITHOUT_ROOM, *paths, WORDS, OTHER_WORDS],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "nothing was changed" in told.stdout
    assert not (tmp_path / "vault" / "vault.db.new").exists()
    with pytest.raises(PasscodeWrong):
        reopen(tmp_path, OTHER_WORDS)
    with reopen(tmp_path) as vault:
        assert keys(vault) == {*map(str, range(20)), "after"}
        assert vault.read().execute("PRAGMA cipher_integrity_check").fetchall() == []
