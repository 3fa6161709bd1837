"""Randomness that repeats, so that the vectors are the same bytes on every machine."""

from hashlib import shake_256

from crypto.public.randomness import Randomness


def seeded(label: str) -> Randomness:
    """The byte stream SHAKE256(label), taken in pieces."""
    taken = 0

    def read(size: int) -> bytes:
        nonlocal taken
        taken += size
        return shake_256(label.encode()).digest(taken)[taken - size :]

    return read
