"""HPKE with MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM (docs/protocol/2-keys.md).

RFC 9180, base mode, single shot. The associated data is empty; what a message is for stands in
`info = ctx(name) | data`.
"""

from hashlib import shake_256
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

from crypto.errors import OpenFailed
from crypto.public.hashing import ctx_of
from crypto.public.hpkekey import hpke_key_hash, load_hpke_key
from crypto.public.opaque import Opaque
from crypto.public.randomness import Randomness

# Of a sealed message beyond its plaintext: the encapsulation and the tag of AES-GCM.
OVERHEAD = 1120 + 16

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class HpkeKey(Opaque):
    """An HPKE private key.

    `public`: 1,216 bytes; `hash`: 32 bytes; `seed`: the 32 secret bytes it is stored as.
    """

    __slots__ = ("_key", "hash", "public", "seed")

    _key: MLKEM768X25519PrivateKey
    public: bytes
    hash: bytes
    seed: bytes

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The key of a 32-byte seed (draft-connolly-cfrg-xwing-kem). Raises ValueError for another length."""
        if len(seed) != 32:
            raise ValueError("a seed has 32 bytes")
        expanded = shake_256(seed).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self = cls()
        self._key = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.hash = hpke_key_hash(self.public)
        self.seed = seed
        return self

    @classmethod
    def generate(cls, randomness: Randomness) -> Self:
        return cls.from_seed(randomness(32))

    def open(self, info_name: str, info_data: bytes, sealed: bytes) -> bytes:
        """The plaintext of `sealed`. Raises OpenFailed `size` or `tag`; a wrong `info` is a `tag` too."""
        if len(sealed) < OVERHEAD:
            raise OpenFailed("size")
        try:
            return _SUITE.decrypt(sealed, self._key, ctx_of("HPKE", info_name) + info_data)
        except InvalidTag:
            raise OpenFailed("tag") from None


def seal(public: bytes, info_name: str, info_data: bytes, plaintext: bytes) -> bytes:
    """`enc | ciphertext`, 1,136 bytes longer than `plaintext`; randomised by the library.

    Raises KeyRefused as `check_hpke_key` does.
    """
    return _SUITE.encrypt(plaintext, load_hpke_key(public), ctx_of("HPKE", info_name) + info_data)
