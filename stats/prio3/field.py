"""The prime fields of Prio3 (draft-irtf-cfrg-vdaf-20, section 6.1). An element is an integer in [0, modulus)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, repeat
from struct import unpack

from stats.errors import Malformed

WORD = 8


@dataclass(frozen=True, eq=False)
class Field:
    """`root` generates the multiplicative subgroup of order 2^`order`; an encoded element has `size` bytes."""

    name: str
    modulus: int
    size: int
    root: int
    order: int

    def encode(self, elements: Sequence[int]) -> bytes:
        """Reduced elements, little-endian, one after the other."""
        size = self.size
        return b"".join([element.to_bytes(size, "little") for element in elements])

    def decode(self, data: bytes) -> list[int]:
        """Raises Malformed for a length that is no multiple of `size`, and for an element that is not reduced."""
        if len(data) % self.size:
            raise Malformed(f"{len(data)} bytes are no vector of {self.name}")
        elements = self.integers(data)
        # A second encoding of one element would give one report two transcripts.
        if max(elements, default=0) >= self.modulus:
            raise Malformed(f"an element of {self.name} is out of range")
        return elements

    def integers(self, data: bytes) -> list[int]:
        """The little-endian integers of `size` bytes in `data`, reduced or not."""
        words = unpack(f"<{len(data) // WORD}Q", data)
        if self.size == WORD:
            return list(words)
        return [low | high << 64 for low, high in zip(words[::2], words[1::2], strict=True)]

    def inverse(self, element: int) -> int:
        """Raises ValueError for zero."""
        return pow(element, -1, self.modulus)


def _field(name: str, modulus: int, size: int, order: int) -> Field:
    return Field(name, modulus, size, pow(7, modulus >> order, modulus), order)


FIELD64 = _field("Field64", 2**32 * 4294967295 + 1, 8, 32)
FIELD128 = _field("Field128", 2**66 * 4611686018427387897 + 1, 16, 66)


@lru_cache(maxsize=64)
def roots(field: Field, size: int) -> tuple[int, ...]:
    """w^0, ..., w^(size - 1) for the field's root of unity w of order `size`, a power of two."""
    root = pow(field.root, (1 << field.order) // size, field.modulus)
    return tuple(accumulate(repeat(root, size - 1), lambda power, w: power * w % field.modulus, initial=1))
