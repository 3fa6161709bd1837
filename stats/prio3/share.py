"""What passes between the parts of Prio3 in memory; nothing of it is printed, logged or pickled."""

from collections.abc import Iterable, Sequence
from typing import Self

from crypto.public.opaque import Opaque
from stats.errors import Malformed
from stats.prio3.field import Field


class Share(Opaque):
    """A share of a vector of field elements: an output share, or a sum of output shares."""

    __slots__ = ("elements", "field")

    def __init__(self, field: Field, elements: Sequence[int]) -> None:
        self.field = field
        self.elements = tuple(elements)

    def encode(self) -> bytes:
        """The elements, little-endian, one after the other."""
        return self.field.encode(self.elements)

    @classmethod
    def decode(cls, field: Field, length: int, data: bytes) -> Self:
        """Raises Malformed unless `data` is `length` elements."""
        if len(data) != length * field.size:
            raise Malformed(f"a share has {length} elements of {field.name}")
        return cls(field, field.decode(data))

    @classmethod
    def total(cls, field: Field, length: int, shares: "Iterable[Share]") -> Self:
        """The sum of shares of `length` elements each; zeros if there are none. Raises ValueError for other shares."""
        elements = [0] * length
        for share in shares:
            if share.field is not field:
                raise ValueError(f"a share is not of {field.name}")
            elements = [one + other for one, other in zip(elements, share.elements, strict=True)]
        return cls(field, [element % field.modulus for element in elements])


class Sharded(Opaque):
    """A measurement, shared out and encoded: `public_share` for all aggregators, `input_shares` for one each."""

    __slots__ = ("input_shares", "public_share")

    def __init__(self, public_share: bytes, input_shares: tuple[bytes, ...]) -> None:
        self.public_share = public_share
        self.input_shares = input_shares


class VerifyState(Opaque):
    """What an aggregator keeps while it waits for the verifier message.

    `joint_seed` is what the message must be; empty where the circuit takes no joint randomness.
    """

    __slots__ = ("joint_seed", "out_share")

    def __init__(self, out_share: Share, joint_seed: bytes) -> None:
        self.out_share = out_share
        self.joint_seed = joint_seed
