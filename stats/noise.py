"""Exact discrete Laplace noise from a key (docs/protocol/10-statistics.md, *Noise*).

Canonne, Kamath, Steinke: The Discrete Gaussian for Differential Privacy, 2020, algorithms 1 and 2. Integers alone: a
sampler that rounds floats gives away with its lowest bits what it was added to (Mironov 2012).
"""

from fractions import Fraction
from typing import Protocol

from crypto.public.hashing import hkdf
from crypto.public.turboshake import turboshake128
from stats.prio3.share import Share

KEY_BYTES = 32
LEAF_BYTES = 32
DOMAIN = 0x1F


class Bytes(Protocol):
    """Uniform bytes without end, each given once."""

    def read(self, length: int, /) -> bytes: ...


class Stream:
    """Uniform integers from uniform bytes."""

    def __init__(self, source: Bytes) -> None:
        self._source = source

    def below(self, bound: int) -> int:
        """An integer in [0, bound): the first bits of whole bytes, as many as `bound - 1` has, until they are below.

        Raises ValueError unless `bound` is positive.
        """
        if bound < 1:
            raise ValueError("no integer is below that")
        bits = (bound - 1).bit_length()
        length = (bits + 7) // 8
        while bits:
            drawn = int.from_bytes(self._source.read(length), "big") >> (8 * length - bits)
            if drawn < bound:
                return drawn
        return 0

    def happens(self, numerator: int, denominator: int) -> bool:
        """Whether an event of probability numerator / denominator happens."""
        return self.below(denominator) < numerator

    def happens_exp(self, numerator: int, denominator: int) -> bool:
        """The same for exp(-numerator / denominator), at most exp(0): algorithm 1, for a fraction in [0, 1]."""
        rounds = 1
        while self.happens(numerator, denominator * rounds):
            rounds += 1
        return rounds % 2 == 1

    def laplace(self, scale: Fraction) -> int:
        """An integer x with probability (1 - q) / (1 + q) * q^|x|, q = exp(-1 / scale): algorithm 2.

        Raises ValueError unless `scale` is positive.
        """
        if scale <= 0:
            raise ValueError("a scale is positive")
        t, s = scale.numerator, scale.denominator
        while True:
            fine = self.below(t)
            if not self.happens_exp(fine, t):
                continue
            coarse = 0
            while self.happens_exp(1, 1):
                coarse += 1
            size = (fine + t * coarse) // s
            negative = self.happens(1, 2)
            if negative and size == 0:
                continue  # Else 0 would come twice as often as it should.
            return -size if negative else size


def noise_stream(key: bytes, closing_leaf: bytes, index: int) -> Stream:
    """The stream of aggregator `index` for the release that a `close_period` entry orders.

    Raises ValueError for lengths other than 32 bytes or an index outside [0, 255].
    """
    if len(key) != KEY_BYTES or len(closing_leaf) != LEAF_BYTES:
        raise ValueError("key and leaf have 32 bytes each")
    if not 0 <= index <= 255:
        raise ValueError("an index fits a byte")
    seed = hkdf(key, "noise", closing_leaf + bytes([index]), length=32)
    return Stream(turboshake128(seed, DOMAIN))


def noise(key: bytes, closing_leaf: bytes, index: int, cells: int, scale: Fraction) -> list[int]:
    """What the aggregator adds to each cell. The same arguments give the same noise: a release can be made again after
    a crash, and nobody gets the mean of two. Raises ValueError as `noise_stream` and `Stream.laplace` do.
    """
    stream = noise_stream(key, closing_leaf, index)
    return [stream.laplace(scale) for _ in range(cells)]


def noised(total: Share, key: bytes, closing_leaf: bytes, index: int, scale: Fraction) -> Share:
    """An aggregator's sum with its noise in each cell, modulo the field's prime. Raises ValueError as `noise` does."""
    added = noise(key, closing_leaf, index, len(total.elements), scale)
    field = total.field
    return Share(field, [(one + more) % field.modulus for one, more in zip(total.elements, added, strict=True)])
