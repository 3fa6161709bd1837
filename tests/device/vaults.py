"""Real vaults, with their keystores beside them, under a passcode of five words."""

import os
from pathlib import Path

from crypto.secret.local import new_passcode_words
from device.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
WORDS = new_passcode_words(os.urandom)
OTHER_WORDS = new_passcode_words(os.urandom)
MARKER = b"nobody may read this"


def create(folder: Path) -> Vault:
    return Vault.create(folder / "vault", folder / "keystore", WORDS, os.urandom)


def reopen(folder: Path, passcode: str = WORDS) -> Vault:
    return Vault.open(folder / "vault", folder / "keystore", passcode, os.urandom)


def put(vault: Vault, key: str, value: bytes = MARKER) -> None:
    with vault.write() as connection:
        connection.execute("INSERT INTO meta VALUES (?, ?)", (key, value))


def keys(vault: Vault) -> set[str]:
    return {row[0] for row in vault.read().execute("SELECT key FROM meta")}


def sign(vault: Vault, sequence: int) -> None:
    with vault.write() as connection:
        connection.execute(
            "INSERT INTO outbox (log, sequence, header, signature) VALUES (x'', ?, x'', x'')", (sequence,)
        )
