"""Histogram: one of so many bins (draft-irtf-cfrg-vdaf-20, section 7.4.4)."""

from collections.abc import Sequence

from stats.errors import MeasurementRefused
from stats.prio3.bits import Bits


class Histogram(Bits[int, list[int]]):
    """A measurement is a bin's number; the elements are its indicator vector, which sums to 1."""

    eval_length = 2

    def __init__(self, bins: int, chunk_length: int) -> None:
        self.output_length = bins
        super().__init__(bins, chunk_length)

    def encode(self, measurement: int) -> list[int]:
        # A negative index would count from the end.
        if not 0 <= measurement < self.length:
            raise MeasurementRefused(f"there are {self.length} bins")
        encoded = [0] * self.length
        encoded[measurement] = 1
        return encoded

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return list(encoded)

    def decode(self, total: Sequence[int]) -> list[int]:
        return list(total)

    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:
        return [sum(called), sum(encoded) - self.field.inverse(shares)]
