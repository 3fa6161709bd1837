"""Strict Ed25519 (RFC 8032) under a context (docs/protocol/2-keys.md)."""

from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import KeyRefused, SignatureInvalid
from crypto.public import edwards
from crypto.public.hashing import ctx_of
from crypto.public.opaque import Opaque
from crypto.public.randomness import Randomness


def check_public_key(key: bytes) -> None:
    """Raises KeyRefused unless `key` is 32 bytes, canonical, on the curve, and not of small order."""
    _load(key)


def verify(key: bytes, name: str, data: bytes, signature: bytes) -> None:
    """Checks the 64-byte `signature` of `key` over `ctx(name) | data`, without the cofactor.

    Raises SignatureInvalid, or KeyRefused as `check_public_key` does.
    """
    try:
        _load(key).verify(signature, ctx_of("sign", name) + data)
    except InvalidSignature:
        raise SignatureInvalid(name) from None


@lru_cache(maxsize=4096)
def _load(key: bytes) -> Ed25519PublicKey:
    if len(key) != 32:
        raise KeyRefused("a signing key has 32 bytes")
    y = edwards.y_coordinate(key)
    # The library loads keys that fail here, and verifies forgeries under those of small order: under the
    # neutral element R = sB holds for every message.
    if y >= edwards.P:
        raise KeyRefused("the signing key is not canonical")
    if not edwards.on_curve(y):
        raise KeyRefused("the signing key is not a point of the curve")
    if edwards.small_order(y):
        raise KeyRefused("the signing key is a point of small order")
    return Ed25519PublicKey.from_public_bytes(key)


class SigningKey(Opaque):
    """An Ed25519 private key. `public`: 32 bytes; `seed`: the 32 secret bytes it is stored as."""

    __slots__ = ("_key", "public", "seed")

    _key: Ed25519PrivateKey
    public: bytes
    seed: bytes

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of a 32-byte seed. Raises ValueError for another length."""
        self = cls()
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.seed = seed
        return self

    @classmethod
    def generate(cls, randomness: Randomness) -> Self:
        return cls.from_seed(randomness(32))

    def sign(self, name: str, data: bytes) -> bytes:
        """The 64-byte signature over `ctx(name) | data`."""
        return self._key.sign(ctx_of("sign", name) + data)
