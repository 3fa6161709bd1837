"""Sum: one integer in [0, maximum] (draft-irtf-cfrg-vdaf-20, section 7.4.2)."""

from collections.abc import Sequence

from stats.prio3.bounded import Bounded
from stats.prio3.circuit import Circuit
from stats.prio3.field import FIELD64
from stats.prio3.gadget import ZeroOrOne
from stats.prio3.polynomial import dot


class Sum(Circuit[int, int]):
    """Raises ValueError for a maximum below 1 or too large for Field64."""

    field = FIELD64
    gadget = ZeroOrOne()
    joint_length = 0
    output_length = 1

    def __init__(self, maximum: int) -> None:
        self.range = Bounded(self.field, maximum)
        self.calls = self.length = self.eval_length = self.range.bits

    def encode(self, measurement: int) -> list[int]:
        return self.range.encode(measurement)

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return [self.range.decode(encoded)]

    def decode(self, total: Sequence[int]) -> int:
        return total[0]

    def inputs(self, encoded: Sequence[int], joint: Sequence[int], shares: int) -> list[list[int]]:  # noqa: ARG002
        return [[element] for element in encoded]

    def wires_at(
        self,
        weights: Sequence[int],
        encoded: Sequence[int],
        joint: Sequence[int],  # noqa: ARG002
        shares: int,  # noqa: ARG002
    ) -> list[int]:
        return [dot(weights, encoded)]

    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:  # noqa: ARG002
        return list(called)
