"""XofTurboShake128 (draft-irtf-cfrg-vdaf-20, section 6.2.1): seeds and vectors from a seed."""

from crypto.public.turboshake import Stream, turboshake128
from stats.errors import Malformed
from stats.prio3.field import Field

SEED_SIZE = 32
MAX_TAG_SIZE = 65_535
DOMAIN = 1


def xof(seed: bytes, dst: bytes, binder: bytes) -> Stream:
    """The stream for a seed of 32 bytes, a domain separation tag of at most 65,535 and a binder of any length.

    Raises Malformed for a seed of another size, as it may have come with a report, and ValueError for a longer tag.
    """
    if len(seed) != SEED_SIZE:
        raise Malformed(f"a seed has {SEED_SIZE} bytes")
    if len(dst) > MAX_TAG_SIZE:
        raise ValueError(f"a domain separation tag has at most {MAX_TAG_SIZE} bytes")
    return turboshake128(len(dst).to_bytes(2, "little") + dst + bytes([SEED_SIZE]) + seed + binder, DOMAIN)


def derive_seed(seed: bytes, dst: bytes, binder: bytes) -> bytes:
    """32 bytes."""
    return xof(seed, dst, binder).read(SEED_SIZE)


def expand(field: Field, seed: bytes, dst: bytes, binder: bytes, length: int) -> list[int]:
    """`length` uniform elements of `field`, by rejection: both fields fill their bytes, so nothing is masked."""
    stream = xof(seed, dst, binder)
    elements = list[int]()
    while len(elements) < length:
        drawn = field.integers(stream.read((length - len(elements)) * field.size))
        elements += drawn if max(drawn) < field.modulus else [one for one in drawn if one < field.modulus]
    return elements
