"""Circuits over elements that are each zero or one (draft-irtf-cfrg-vdaf-20, section 7.4.3)."""

from collections.abc import Sequence
from itertools import accumulate, repeat
from typing import TypeVar

from stats.prio3.circuit import Circuit
from stats.prio3.field import FIELD128, Field
from stats.prio3.gadget import Products
from stats.prio3.polynomial import dot

M = TypeVar("M")
R = TypeVar("R")


class Bits(Circuit[M, R]):
    """Checks chunks of elements at once: the sum over a chunk of r^(i + 1) x_i (x_i - 1), for r drawn jointly.

    `shares` comes in because a constant is shared out: each of n shares subtracts 1/n.
    Raises ValueError unless all numbers are at least 1.
    """

    field: Field = FIELD128

    def __init__(self, length: int, chunk_length: int) -> None:
        if length < 1 or chunk_length < 1:
            raise ValueError("length and chunk length are at least 1")
        self.length = length
        self.chunk_length = chunk_length
        self.calls = self.joint_length = -(-length // chunk_length)
        self.gadget = Products(chunk_length)

    def inputs(self, encoded: Sequence[int], joint: Sequence[int], shares: int) -> list[list[int]]:
        modulus, count = self.field.modulus, self.chunk_length
        part = self.field.inverse(shares)
        rows = list[list[int]]()
        for call, r in enumerate(joint):
            chunk = list(encoded[call * count : (call + 1) * count])
            chunk += [0] * (count - len(chunk))
            powers = accumulate(repeat(r, count), lambda power, r: power * r % modulus)
            row = [0] * (2 * count)
            row[::2] = [power * x % modulus for power, x in zip(powers, chunk, strict=True)]
            row[1::2] = [x - part for x in chunk]
            rows.append(row)
        return rows

    def wires_at(self, weights: Sequence[int], encoded: Sequence[int], joint: Sequence[int], shares: int) -> list[int]:
        modulus, count = self.field.modulus, self.chunk_length
        constant = sum(weights) * self.field.inverse(shares) % modulus
        wires = list[int]()
        turned = list(weights)
        for offset in range(count):
            turned = [weight * r % modulus for weight, r in zip(turned, joint, strict=True)]
            column = encoded[offset::count]
            wires += (dot(turned, column), dot(weights, column) - constant)
        return wires


def balanced_chunk_length(length: int) -> int:
    """The chunk length with the shortest proof for `length` elements.

    A chunk more or less does not change p: the best are those that fill it, so that calls + 1 is a power of two, as far
    as `length` allows (compare draft-irtf-cfrg-vdaf-20, section 7.4.3.1).
    """
    sizes = [1 << log for log in range(1, length.bit_length() + 1)]
    return min((-(-length // (size - 1)) for size in sizes), key=lambda chunk: _proof_length(length, chunk))


def _proof_length(length: int, chunk: int) -> int:
    return 2 * chunk + 2 * (1 << (-(-length // chunk)).bit_length()) - 1
