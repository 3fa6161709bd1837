"""SumVec: integers in [0, maximum] (draft-irtf-cfrg-vdaf-20, section 7.4.3)."""

from collections.abc import Sequence

from stats.errors import MeasurementRefused
from stats.prio3.bits import Bits
from stats.prio3.bounded import Bounded


class SumVec(Bits[Sequence[int], list[int]]):
    """`cells` integers. Raises ValueError for a number below 1 or a maximum too large for the field."""

    eval_length = 1

    def __init__(self, cells: int, maximum: int, chunk_length: int) -> None:
        self.range = Bounded(self.field, maximum)
        self.output_length = cells
        super().__init__(cells * self.range.bits, chunk_length)

    def encode(self, measurement: Sequence[int]) -> list[int]:
        if len(measurement) != self.output_length:
            raise MeasurementRefused(f"a measurement has {self.output_length} cells")
        return [element for value in measurement for element in self.range.encode(value)]

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return self.range.decode_all(encoded)

    def decode(self, total: Sequence[int]) -> list[int]:
        return list(total)

    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:  # noqa: ARG002
        return [sum(called)]
