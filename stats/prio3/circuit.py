"""What decides whether a measurement is valid (draft-irtf-cfrg-vdaf-20, section 7.3.2): one gadget, called often."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Generic, TypeVar

from stats.prio3.field import Field
from stats.prio3.gadget import Gadget

M = TypeVar("M")
R = TypeVar("R")


class Circuit(ABC, Generic[M, R]):
    """For measurements `M` and their aggregate `R`.

    `length`, `joint_length`, `output_length` and `eval_length` are numbers of elements: of an encoded measurement, of
    joint randomness, of what is aggregated, and of what `outputs` gives. A measurement is valid if all outputs are
    zero. Whatever takes a measurement also takes a share of one, and is then affine: its results are shares.
    """

    field: Field
    gadget: Gadget
    calls: int
    length: int
    joint_length: int
    output_length: int
    eval_length: int

    @abstractmethod
    def encode(self, measurement: M) -> list[int]:
        """Raises MeasurementRefused for a measurement out of bounds."""

    @abstractmethod
    def truncate(self, encoded: Sequence[int]) -> list[int]:
        """What of a measurement is aggregated: `output_length` elements, not all reduced."""

    @abstractmethod
    def decode(self, total: Sequence[int]) -> R:
        """The aggregate as what it means."""

    @abstractmethod
    def inputs(self, encoded: Sequence[int], joint: Sequence[int], shares: int) -> list[list[int]]:
        """What the wires carry, call by call."""

    @abstractmethod
    def wires_at(self, weights: Sequence[int], encoded: Sequence[int], joint: Sequence[int], shares: int) -> list[int]:
        """For each wire the sum over all calls of weight times input, not reduced: the most of a verifier's work."""

    @abstractmethod
    def outputs(self, called: Sequence[int], encoded: Sequence[int], shares: int) -> list[int]:
        """The `eval_length` outputs, not reduced, from what the calls of the gadget gave."""

    @cached_property
    def size(self) -> int:
        """p: the least power of two above the number of calls."""
        return 1 << self.calls.bit_length()

    @cached_property
    def prove_length(self) -> int:
        """Elements of randomness the prover takes: a seed for each wire."""
        return self.gadget.arity

    @cached_property
    def query_length(self) -> int:
        """Elements of randomness the verifiers take: to reduce several outputs to one, and the test point."""
        return 1 + (self.eval_length if self.eval_length > 1 else 0)

    @cached_property
    def proof_length(self) -> int:
        """The wires' seeds and 2p - 1 values of the gadget polynomial."""
        return self.gadget.arity + 2 * self.size - 1

    @cached_property
    def verifier_length(self) -> int:
        """The reduced output, every wire and the gadget polynomial at the test point."""
        return 2 + self.gadget.arity
