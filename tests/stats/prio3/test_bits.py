"""The chunk length that is proposed has the shortest proof of all."""

import pytest

from stats.prio3.bits import balanced_chunk_length
from stats.prio3.histogram import Histogram
from stats.prio3.instances import histogram_chunk_length, l1_bound_sum_chunk_length


@pytest.mark.parametrize("length", [*range(1, 130), 390, 1542])
def test_no_other_chunk_length_has_a_shorter_proof(length: int) -> None:
    best = Histogram(length, balanced_chunk_length(length)).proof_length
    assert best == min(Histogram(length, chunk).proof_length for chunk in range(1, length + 1))


def test_calls_and_one_are_a_power_of_two_at_the_sizes_of_the_product() -> None:
    for cells, bound in ((64, 60), (256, 60), (64, 20), (256, 20)):
        length = (cells + 1) * bound.bit_length()
        calls = -(-length // l1_bound_sum_chunk_length(cells, bound))
        assert (calls + 1).bit_count() == 1
    assert histogram_chunk_length(6) == 2
