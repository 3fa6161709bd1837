"""The instance of Prio3 that adds up a table (docs/protocol/10-statistics.md, *Tasks*)."""

from collections.abc import Sequence
from typing import TypeAlias

from schemas.task import Task
from stats.prio3.instances import histogram, histogram_chunk_length, l1_bound_sum, l1_bound_sum_chunk_length
from stats.prio3.prio3 import Prio3

Instance: TypeAlias = Prio3[int, list[int]] | Prio3[Sequence[int], list[int]]


def instance_of(task: Task) -> Instance:
    """A histogram, whose measurement is a cell, where every supporter is in one; else sums of cells up to `bound`.

    Raises ValueError for a table without cells or a bound below 1.
    """
    if task.once:
        return histogram(task.shares, task.cells, histogram_chunk_length(task.cells))
    return l1_bound_sum(task.shares, task.cells, task.bound, l1_bound_sum_chunk_length(task.cells, task.bound))
