"""Public HPKE keys, which a server stores by hash and checks but never uses (docs/protocol/2-keys.md)."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

from crypto.errors import KeyRefused
from crypto.public.hashing import H

HPKE_KEY_SIZE = 1216
_ENCAPSULATION_KEY_SIZE = 1184

# Any clamped scalar is a multiple of eight, so any one finds every point of small order.
_PROBE = X25519PrivateKey.from_private_bytes(bytes(32))


def check_hpke_key(key: bytes) -> None:
    """Raises KeyRefused unless `key` can be sealed to.

    1,216 bytes, ML-KEM coefficients reduced modulo q (FIPS 203 section 7.2), X25519 point not of small order.
    """
    load_hpke_key(key)


def hpke_key_hash(key: bytes) -> bytes:
    """`H("hpke-key", key)`: how statements name an HPKE key."""
    return H("hpke-key", key)


@lru_cache(maxsize=256)
def load_hpke_key(key: bytes) -> MLKEM768X25519PublicKey:
    """The library's form of a key that passes `check_hpke_key`."""
    if len(key) != HPKE_KEY_SIZE:
        raise KeyRefused(f"an HPKE key has {HPKE_KEY_SIZE} bytes")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(key[:_ENCAPSULATION_KEY_SIZE])
    except ValueError:
        raise KeyRefused("the ML-KEM key is not reduced") from None
    x25519 = X25519PublicKey.from_public_bytes(key[_ENCAPSULATION_KEY_SIZE:])
    try:
        _PROBE.exchange(x25519)
    except ValueError:
        # Nobody can seal to it: enrolled, it would stop every rotation that has to include it.
        raise KeyRefused("the X25519 key is a point of small order") from None
    return MLKEM768X25519PublicKey(mlkem, x25519)
