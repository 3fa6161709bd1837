"""Stateless challenges: `u64(expiry minute) | 8 random bytes | HMAC-SHA256`, 48 bytes.

Nothing is remembered of a challenge until it comes back signed, so asking for them fills no memory.
"""

from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest, digest

from crypto.public.hashing import hkdf
from crypto.public.randomness import Randomness
from sync.errors import Refused


class Challenges:
    """Issues and recognises challenges under a key that derives from the server's seed."""

    def __init__(self, seed: bytes, clock: Callable[[], float], randomness: Randomness, minutes: int) -> None:
        self._key = hkdf(seed, "challenge", length=32)
        self._clock = clock
        self._randomness = randomness
        self._minutes = minutes

    def issue(self) -> bytes:
        """A new challenge."""
        expiry = int(self._clock() // 60) + self._minutes
        stamp = expiry.to_bytes(8, "big") + self._randomness(8)
        return stamp + self._mac(stamp)

    def check(self, challenge: bytes) -> None:
        """Raises Refused `challenge-stale` unless it is one of ours, and not too old."""
        stamp, mac = challenge[:16], challenge[16:]
        minute = int(self._clock() // 60)
        if not compare_digest(mac, self._mac(stamp)) or int.from_bytes(stamp[:8], "big") < minute:
            raise Refused("challenge-stale", "the challenge is not one of this server's, or too old")

    def _mac(self, stamp: bytes) -> bytes:
        return digest(self._key, stamp, sha256)
