"""HPKE keys that this phone made or was given: a server that was put back from a backup may have lost them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from crypto.public.hpkekey import hpke_key_hash
from crypto.secret.epoch import inbox_key
from device.keyring import held_key
from device.wrapping import own_readers
from sync.state import RosterState

if TYPE_CHECKING:
    from device.engine import Engine


def keep(connection: Any, keys: Iterable[bytes]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO meta(key, value) VALUES (?, ?)", [(_name(hpke_key_hash(key)), key) for key in keys]
    )


def load(connection: Any, hash_: bytes) -> bytes | None:
    """The key with this hash, if it was kept."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_name(hash_),)).fetchone()
    return None if row is None else bytes(row[0])


def known(engine: "Engine", roster: RosterState, wanted: Iterable[bytes]) -> dict[bytes, bytes]:
    """Those of the `wanted` keys that this phone made, was given, or derives, by hash."""
    connection, identity = engine.vault.read(), engine.identity
    own = own_readers(connection, engine.writer.personal, identity.device, identity.hpke) if engine.enrolled else {}
    found = {key.hash: key.public for key in own.values()}
    leads = roster.space_log("leads")
    leads_key = held_key(connection, roster, leads, roster.spaces[leads].epoch)
    if leads_key is not None:
        inbox = inbox_key(leads_key)
        found[inbox.hash] = inbox.public
    asked = {hash_: found.get(hash_) or load(connection, hash_) for hash_ in wanted}
    return {hash_: key for hash_, key in asked.items() if key is not None}


def _name(hash_: bytes) -> str:
    return f"hpke:{hash_.hex()}"
