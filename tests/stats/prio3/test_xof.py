"""Seeds and vectors: the official vector is in tests/stats/vectors; here is what it cannot show."""

import pytest

from crypto.public.turboshake import turboshake128
from stats.errors import Malformed
from stats.prio3.field import FIELD64, FIELD128, Field
from stats.prio3.xof import derive_seed, expand, xof

SEED = bytes(range(32))
# Rejects about half of all draws, which the real fields do once in 2^32 and 2^59.
HALF = Field("half", (1 << 63) + 29, 8, 0, 0)
RARE = Field("rare", (1 << 128) - (1 << 125), 16, 0, 0)


@pytest.mark.parametrize("field", [FIELD64, FIELD128, HALF, RARE], ids=lambda field: field.name)
def test_rejection_takes_the_stream_in_order(field: Field) -> None:
    stream = turboshake128(bytes([3, 0]) + b"tag" + bytes([32]) + SEED + b"binder", 1)
    wanted = list[int]()
    while len(wanted) < 100:
        drawn = int.from_bytes(stream.read(field.size), "little")
        wanted += [drawn] if drawn < field.modulus else []
    assert expand(field, SEED, b"tag", b"binder", 100) == wanted


def test_nothing_is_drawn_for_nothing() -> None:
    assert expand(FIELD128, SEED, b"", b"", 0) == []


def test_seed_tag_and_binder_are_told_apart() -> None:
    outputs = {
        derive_seed(SEED, b"ab", b"c"),
        derive_seed(SEED, b"a", b"bc"),
        derive_seed(SEED, b"abc", b""),
        derive_seed(SEED[::-1], b"ab", b"c"),
    }
    assert len(outputs) == 4


@pytest.mark.parametrize("size", [0, 31, 33, 255])
def test_a_seed_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(Malformed):
        xof(bytes(size), b"", b"")


def test_a_tag_too_long_for_its_length_is_refused() -> None:
    with pytest.raises(ValueError):
        xof(SEED, bytes(65_536), b"")
