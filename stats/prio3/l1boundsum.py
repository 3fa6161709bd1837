"""L1BoundSum: integers whose sum is at most the bound (draft-ietf-ppm-l1-bound-sum-02, section 3)."""

from collections.abc import Sequence
from functools import cached_property

from stats.errors import MeasurementRefused
from stats.prio3.bits import Bits
from stats.prio3.bounded import Bounded
from stats.prio3.polynomial import dot


class L1BoundSum(Bits[Sequence[int], list[int]]):
    """The elements are `cells` integers in [0, bound] and then their sum, an integer in [0, bound] too.

    Raises ValueError for a number below 1 or a bound too large for the field.
    """

    eval_length = 2

    def __init__(self, cells: int, bound: int, chunk_length: int) -> None:
        self.range = Bounded(self.field, bound)
        if cells < 1:
            raise ValueError("there is at least one cell")
        # Cells of a malicious client must not sum up to the modulus and so to a small weight.
        if cells * bound >= self.field.modulus:
            raise ValueError(f"cells and bound are too large for {self.field.name}")
        self.output_length = cells
        super().__init__((cells + 1) * self.range.bits, chunk_length)

    def encode(self, measurement: Sequence[int]) -> list[int]:
        if len(measurement) != self.output_length:
            raise MeasurementRefused(f"a measurement has {self.output_length} cells")
        return [element for value in (*measurement, sum(measurement)) for element in self.range.encode(value)]

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return self.range.decode_all(encoded[: -self.range.bits])

    def decode(self, total: Sequence[int]) -> list[int]:
        return list(total)

    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:  # noqa: ARG002
        return [sum(called), dot(self._excess, encoded)]

    @cached_property
    def _excess(self) -> list[int]:
        """What each element adds to the sum of the cells, less the sum that the measurement claims."""
        return [*self.range.weights * self.output_length, *(-weight for weight in self.range.weights)]
