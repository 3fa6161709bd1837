"""Count: zero or one (draft-irtf-cfrg-vdaf-20, section 7.4.1)."""

from collections.abc import Sequence

from stats.errors import MeasurementRefused
from stats.prio3.circuit import Circuit
from stats.prio3.field import FIELD64
from stats.prio3.gadget import Products


class Count(Circuit[int, int]):
    """Squares the one element: only zero and one stay what they are."""

    field = FIELD64
    gadget = Products(1)
    calls = length = output_length = eval_length = 1
    joint_length = 0

    def encode(self, measurement: int) -> list[int]:
        if measurement not in (0, 1):
            raise MeasurementRefused("a count is 0 or 1")
        return [int(measurement)]

    def truncate(self, encoded: Sequence[int]) -> list[int]:
        return list(encoded)

    def decode(self, total: Sequence[int]) -> int:
        return total[0]

    def inputs(self, encoded: Sequence[int], joint: Sequence[int], shares: int) -> list[list[int]]:  # noqa: ARG002
        return [[encoded[0], encoded[0]]]

    def wires_at(
        self,
        weights: Sequence[int],
        encoded: Sequence[int],
        joint: Sequence[int],  # noqa: ARG002
        shares: int,  # noqa: ARG002
    ) -> list[int]:
        return [weights[0] * encoded[0]] * 2

    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:  # noqa: ARG002
        return [called[0] - encoded[0]]
