"""The parts of a circuit that are not affine, and are therefore proved (draft-irtf-cfrg-vdaf-20, appendix A).

Both are of degree 2, as in every instance here: a gadget polynomial for p values of each wire has 2p - 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stats.prio3.polynomial import dot


class Gadget(Protocol):
    """`arity` is the number of its wires."""

    @property
    def arity(self) -> int: ...

    def evaluate(self, wires: Sequence[int]) -> int:
        """The output, not reduced."""
        ...


@dataclass(frozen=True)
class Products:
    """Mul, for a `count` of 1, and ParallelSum(Mul, count): the sum of the products of neighbouring wires."""

    count: int

    @property
    def arity(self) -> int:
        return 2 * self.count

    def evaluate(self, wires: Sequence[int]) -> int:
        return dot(wires[::2], wires[1::2])


@dataclass(frozen=True)
class ZeroOrOne:
    """PolyEval(x^2 - x): zero for zero and one only."""

    @property
    def arity(self) -> int:
        return 1

    def evaluate(self, wires: Sequence[int]) -> int:
        (wire,) = wires
        return wire * wire - wire
