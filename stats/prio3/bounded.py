"""Integers in [0, maximum] as elements that are zero or one (draft-irtf-cfrg-vdaf-20, section 7.4.2).

All but the last element weigh successive powers of two, and the last so much that all together make `maximum`: no zeros
and ones stand for more. Some integers have two encodings; `encode` takes the one without the last weight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import add, mul

from stats.errors import MeasurementRefused
from stats.prio3.field import Field
from stats.prio3.polynomial import dot


@dataclass(frozen=True)
class Bounded:
    """Raises ValueError for a maximum below 1 or too large for the field."""

    field: Field
    maximum: int

    def __post_init__(self) -> None:
        if self.maximum < 1:
            raise ValueError("the maximum is at least 1")
        # Elements of a malicious client sum up to no more than `maximum`, unless that wraps around.
        if 1 << self.bits >= self.field.modulus:
            raise ValueError(f"the maximum is too large for {self.field.name}")

    @cached_property
    def bits(self) -> int:
        return self.maximum.bit_length()

    @cached_property
    def weights(self) -> tuple[int, ...]:
        powers = [1 << bit for bit in range(self.bits - 1)]
        return (*powers, self.maximum - sum(powers))

    def encode(self, value: int) -> list[int]:
        """Raises MeasurementRefused out of bounds."""
        if not 0 <= value <= self.maximum:
            # The value is a secret, and messages are logged.
            raise MeasurementRefused(f"a value is not in [0, {self.maximum}]")
        last = value >> self.bits - 1
        rest = value - self.weights[-1] if last else value
        return [*(rest >> bit & 1 for bit in range(self.bits - 1)), last]

    def decode(self, elements: Sequence[int]) -> int:
        """The integer, or a share of it, not reduced."""
        return dot(self.weights, elements)

    def decode_all(self, elements: Sequence[int]) -> list[int]:
        """The same for as many integers as `elements` holds; bit by bit, as there are fewer bits than integers."""
        values: Iterable[int] = repeat(0, len(elements) // self.bits)
        for bit, weight in enumerate(self.weights):
            values = map(add, values, map(mul, repeat(weight), elements[bit :: self.bits]))
        return list(values)
