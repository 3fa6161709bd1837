"""The void positions of a space as last decided: what their entries say is ignored, and what repacks say for them."""

from collections.abc import Collection
from typing import Any

from crypto.public.encoding import decode, encode


def load_void(connection: Any, log: bytes) -> tuple[dict[bytes, int], frozenset[int]]:
    """Former authors with the positions of their departures, and the void positions, as last decided."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (void_key(log),)).fetchone()
    if row is None:
        return {}, frozenset()
    value: Any = decode(row[0])
    return dict(value[0]), frozenset(value[1])


def store_void(connection: Any, log: bytes, gone: dict[bytes, int], void: frozenset[int]) -> None:
    value = encode([[[device, position] for device, position in sorted(gone.items())], sorted(void)])
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (void_key(log), value))


def hear(connection: Any, log: bytes, newly: Collection[int], void: frozenset[int], landed: int) -> frozenset[int]:
    """Those of the `void` positions up to `landed` that were believed once: the ones before, and the `newly` void."""
    key = f"heard:{log.hex()}"
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    value: Any = [] if row is None else decode(row[0])
    heard = frozenset(at for at in {*value, *newly} & void if at <= landed)
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)", (key, encode(sorted(heard))))
    return heard


def void_key(log: bytes) -> str:
    return f"void:{log.hex()}"
