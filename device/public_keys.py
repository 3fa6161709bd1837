"""HPKE keys that this phone made or was given: a server that was put back from a backup may have lost them."""

from collections.abc import Iterable
from typing import Any

from crypto.public.hpkekey import hpke_key_hash


def keep(connection: Any, keys: Iterable[bytes]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO meta(key, value) VALUES (?, ?)", [(_name(hpke_key_hash(key)), key) for key in keys]
    )


def load(connection: Any, hash_: bytes) -> bytes | None:
    """The key with this hash, if it was kept."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_name(hash_),)).fetchone()
    return None if row is None else bytes(row[0])


def _name(hash_: bytes) -> str:
    return f"hpke:{hash_.hex()}"
