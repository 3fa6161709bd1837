"""MultihotCountVec: at most so many of the cells are set (draft-irtf-cfrg-vdaf-20, section 7.4.5)."""

from collections.abc import Sequence

from stats.errors import MeasurementRefused
from stats.prio3.bits import Bits
from stats.prio3.bounded import Bounded


class MultihotCountVec(Bits[Sequence[int], list[int]]):
    """The elements are the cells and, as an integer in [0, most], how many of them are set."""

    eval_length = 2

    def __init__(self, cells: int, most: int, chunk_length: int) -> None:
        if most > cells:
            raise ValueError("no more cells can be set than there are")
        self.weight = Bounded(self.field, most)
        self.output_length = cells
        super().__init__(cells + self.weight.bits, chunk_length)

    def encode(self, measurement: Sequence[int]) -> list[int]:
        if len(measurement) != self.output_length or any(cell not in (0, 1) for cell in measurement):
            raise MeasurementRefused(f"a measurement has {self.output_length} cells of 0 or 1")
        return [*map(int, measurement), *self.weight.encode(sum(measurement))]

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return list(encoded[: self.output_length])

    def decode(self, total: Sequence[int]) -> list[int]:
        return list(total)

    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:  # noqa: ARG002
        cells = encoded[: self.output_length]
        return [sum(called), sum(cells) - self.weight.decode(encoded[self.output_length :])]
