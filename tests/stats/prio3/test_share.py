"""Shares add up, travel, and do not print."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import Malformed
from stats.prio3.field import FIELD64, FIELD128
from stats.prio3.share import Sharded, Share, VerifyState

elements = st.lists(st.integers(0, FIELD128.modulus - 1), min_size=3, max_size=3)


@given(elements)
def test_there_and_back(vector: list[int]) -> None:
    assert Share.decode(FIELD128, 3, Share(FIELD128, vector).encode()).elements == tuple(vector)


@given(st.lists(elements, max_size=5))
def test_total(vectors: list[list[int]]) -> None:
    total = Share.total(FIELD128, 3, [Share(FIELD128, vector) for vector in vectors])
    assert total.elements == tuple(sum(vector[cell] for vector in vectors) % FIELD128.modulus for cell in range(3))


@pytest.mark.parametrize("data", [bytes(47), bytes(49), bytes(32), bytes(64), b"", b"\xff" * 48])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        Share.decode(FIELD128, 3, data)


@pytest.mark.parametrize("other", [Share(FIELD128, [1, 2]), Share(FIELD64, [1, 2, 3])])
def test_shares_of_other_instances_do_not_add_up(other: Share) -> None:
    with pytest.raises(ValueError):
        Share.total(FIELD128, 3, [other])


@pytest.mark.parametrize(
    "secret",
    [Share(FIELD64, [1234567]), Sharded(b"1234567", (b"1234567",)), VerifyState(Share(FIELD64, [1234567]), b"")],
)
def test_secrets_do_not_print(secret: object) -> None:
    for text in (repr(secret), str(secret), f"{[secret]}"):
        assert "1234567" not in text
    with pytest.raises(TypeError):
        pickle.dumps(secret)
