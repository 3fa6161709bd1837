"""Ids of programmes, logs, devices and invites, and heads of logs (docs/protocol/1-encoding.md)."""

from functools import lru_cache

from crypto.public.hashing import H


def programme_id(found_body: bytes) -> bytes:
    """Id of a programme and of its roster: the hash of the body of `found`."""
    return H("programme", found_body)


@lru_cache(maxsize=4096)
def log_id(programme: bytes, space: str, account: bytes | None = None) -> bytes:
    """Id of a space: `commons`, `leads`, `witness`, or `personal` of one account.

    Raises ValueError for another space, a wrong size, or an account where none belongs.
    """
    if space not in {"commons", "leads", "witness", "personal"}:
        raise ValueError(f"there is no space {space!r}")
    if len(programme) != 32 or len(account or b"") != (16 if space == "personal" else 0):
        raise ValueError("programme or account has the wrong size")
    return H("log", programme, account or b"", space.encode("ascii"))


def device_id(signing_key: bytes, hpke_hash: bytes) -> bytes:
    """Id of a device, from its 32-byte signing key and the hash of its HPKE key."""
    return H("device", signing_key, hpke_hash)


def invite_id(signing_key: bytes, hpke_hash: bytes) -> bytes:
    """Id of an invite, from its 32-byte signing key and the hash of its HPKE key."""
    return H("invite-id", signing_key, hpke_hash)


def genesis(programme: bytes, log: bytes) -> bytes:
    """head(0) of a log."""
    return H("genesis", programme, log)


def body_hash(body: bytes) -> bytes:
    """What the header holds of the body."""
    return H("body", body)


def leaf(header: bytes, signature: bytes) -> bytes:
    """Leaf of an entry; the body takes part through its hash in the header."""
    return H("leaf", header, signature)


def next_head(head: bytes, leaf: bytes) -> bytes:
    """head(n) from head(n-1) and leaf(n)."""
    return H("head", head, leaf)
