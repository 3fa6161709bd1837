"""Hashes and derived keys, each under a context of one table (docs/protocol/1-encoding.md)."""

from hashlib import sha256
from types import MappingProxyType
from typing import Literal, TypeAlias

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Kind: TypeAlias = Literal["H", "sign", "HKDF", "HPKE", "VDAF"]

CONTEXTS: MappingProxyType[str, Kind] = MappingProxyType(
    {
        "programme": "H",
        "log": "H",
        "hpke-key": "H",
        "device": "H",
        "invite-id": "H",
        "genesis": "H",
        "body": "H",
        "leaf": "H",
        "head": "H",
        "epoch": "H",
        "value": "H",
        "witness": "H",
        "words": "H",
        "code": "H",
        "incarnation": "H",
        "verify-key": "H",
        "receipt": "H",
        "accepted": "H",
        "share": "H",
        "entry": "sign",
        "invite": "sign",
        "join": "sign",
        "cosign": "sign",
        "session": "sign",
        "answer": "sign",
        "display-name": "sign",
        "report": "sign",
        "release": "sign",
        "invite-sign": "HKDF",
        "invite-hpke": "HKDF",
        "inbox": "HKDF",
        "seal": "HKDF",
        "previous": "HKDF",
        "local": "HKDF",
        "challenge": "HKDF",
        "noise": "HKDF",
        "wrap": "HPKE",
        "name": "HPKE",
        "slip": "HPKE",
        "report-share": "HPKE",
        "second-key": "HPKE",
        "total": "HPKE",
        "measurement": "VDAF",
    }
)

_BYTES = {(name, kind): b"hallway/1 " + name.encode("ascii") + b"\0" for name, kind in CONTEXTS.items()}


def ctx(name: str) -> bytes:
    """`"hallway/1 " | name | 0x00`. Raises KeyError for a name outside the table."""
    return _BYTES[name, CONTEXTS[name]]


def ctx_of(kind: Kind, name: str) -> bytes:
    """`ctx(name)`, and KeyError as well if the table has the name for another kind of use."""
    return _BYTES[name, kind]


def H(name: str, *parts: bytes) -> bytes:  # noqa: N802 (the specification's name)
    """`SHA-256(ctx(name) | parts...)`, 32 bytes. The parts are joined without lengths."""
    return sha256(ctx_of("H", name) + b"".join(parts)).digest()


def hkdf(ikm: bytes, name: str, data: bytes = b"", *, length: int, salt: bytes = b"") -> bytes:
    """`length` bytes of HKDF-SHA256 (RFC 5869) with `info = ctx(name) | data`."""
    return HKDF(SHA256(), length, salt, ctx_of("HKDF", name) + data).derive(ikm)
