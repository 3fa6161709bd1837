"""The instance of a table, by the rule of docs/protocol/10-statistics.md, *Tasks*."""

import os
from math import ceil, log2

import pytest

from schemas.tables.ready import ready
from schemas.task import Task
from stats.errors import MeasurementRefused
from stats.instance import instance_of

TASKS = [each.task("month", shares) for each in ready().values() for shares in (2, 3)]


def chunk_length(elements: int) -> int:
    """The page's rule, written down once more."""

    def proof(chunk: int) -> int:
        calls = ceil(elements / chunk)
        return 2 * chunk + 2 * (1 << ceil(log2(calls + 1))) - 1

    powers = [1 << i for i in range(1, elements.bit_length() + 1)]
    return min((ceil(elements / (power - 1)) for power in powers), key=proof)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.source}-{task.cells}-{task.shares}")
def test_a_table_has_the_instance_of_the_page(task: Task) -> None:
    found = instance_of(task)
    elements = task.cells if task.once else (task.cells + 1) * task.bound.bit_length()
    assert found.algorithm == (4 if task.once else 7)
    assert found.shares == task.shares
    assert found.circuit.length == elements
    assert found.circuit.output_length == task.cells
    assert vars(found.circuit)["chunk_length"] == chunk_length(elements)


def test_it_takes_a_measurement_within_the_bound_and_no_other() -> None:
    zones = instance_of(ready()["stress_zones"].task("quarter", 2))
    assert zones.circuit.encode(4) == [0, 0, 0, 0, 1]  # type: ignore[arg-type]
    hours = instance_of(ready()["hours"].task("month", 3))
    randomness = os.urandom(hours.randomness_size)
    hours.shard(b"context", [60, 0, 0, 0, 0, 0], bytes(16), randomness)  # type: ignore[arg-type]
    with pytest.raises(MeasurementRefused):
        hours.shard(b"context", [60, 1, 0, 0, 0, 0], bytes(16), randomness)  # type: ignore[arg-type]
