"""The instances by name, with their algorithm ids (draft-irtf-cfrg-vdaf-20, section 10; l1-bound-sum-02, section 6).

Every function raises ValueError for parameters that make no circuit; `shares` is the number of aggregators.
"""

from collections.abc import Sequence

from stats.prio3.bits import balanced_chunk_length
from stats.prio3.count import Count
from stats.prio3.histogram import Histogram
from stats.prio3.l1boundsum import L1BoundSum
from stats.prio3.multihot import MultihotCountVec
from stats.prio3.prio3 import Prio3
from stats.prio3.sum import Sum
from stats.prio3.sumvec import SumVec


def count(shares: int) -> Prio3[int, int]:
    """How many measurements are 1."""
    return Prio3(1, Count(), shares)


def sum_(shares: int, maximum: int) -> Prio3[int, int]:
    """The sum of integers in [0, maximum]."""
    return Prio3(2, Sum(maximum), shares)


def sum_vec(shares: int, cells: int, maximum: int, chunk_length: int) -> Prio3[Sequence[int], list[int]]:
    """Cell by cell, the sum of integers in [0, maximum]."""
    return Prio3(3, SumVec(cells, maximum, chunk_length), shares)


def histogram(shares: int, bins: int, chunk_length: int) -> Prio3[int, list[int]]:
    """Bin by bin, how many measurements name it."""
    return Prio3(4, Histogram(bins, chunk_length), shares)


def multihot_count_vec(shares: int, cells: int, most: int, chunk_length: int) -> Prio3[Sequence[int], list[int]]:
    """Cell by cell, how many measurements set it; each sets at most `most`."""
    return Prio3(5, MultihotCountVec(cells, most, chunk_length), shares)


def l1_bound_sum(shares: int, cells: int, bound: int, chunk_length: int) -> Prio3[Sequence[int], list[int]]:
    """Cell by cell, the sum of integers; those of one measurement sum to at most `bound`."""
    return Prio3(7, L1BoundSum(cells, bound, chunk_length), shares)


def histogram_chunk_length(bins: int) -> int:
    """The chunk length with the shortest proof for so many bins."""
    return balanced_chunk_length(bins)


def l1_bound_sum_chunk_length(cells: int, bound: int) -> int:
    """The same for so many cells and this bound."""
    return balanced_chunk_length((cells + 1) * bound.bit_length())
