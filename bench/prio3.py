"""Work (prio3): a phone shares out a measurement, an aggregator verifies its share of a report."""

import os
import time
from collections.abc import AsyncIterator, Callable

from bench.result import Result, median
from bench.run import Run
from stats.prio3.field import FIELD128
from stats.prio3.instances import l1_bound_sum, l1_bound_sum_chunk_length
from stats.prio3.prio3 import NONCE_SIZE, VERIFY_KEY_SIZE

TIMES = 40
IN_A_ROW = 5
MULTIPLICATIONS = 10_000
BOUND = 60
CONTEXT = b"bench"

# What the design allows, in ten thousands of multiplications of 0.16 microseconds: for 64 cells 2.9 ms and 0.6 ms, for
# 256 cells 12 ms and 1.7 ms.
BARS = {64: (0.55, 2.67), 256: (0.133, 0.94)}


async def prio3(run: Run) -> AsyncIterator[Result]:
    """Of L1BoundSum with two aggregators, in processor time; the helper's part, which is the longer one."""
    times = run.size(TIMES, 3)
    for cells, bars in BARS.items():
        instance = l1_bound_sum(2, cells, BOUND, l1_bound_sum_chunk_length(cells, BOUND))
        measurement = [1] * min(cells, BOUND) + [0] * (cells - BOUND)
        key, nonce, random = map(os.urandom, (VERIFY_KEY_SIZE, NONCE_SIZE, instance.randomness_size))
        sharded = instance.shard(CONTEXT, measurement, nonce, random)
        size = len(sharded.public_share) + sum(map(len, sharded.input_shares))

        def shard() -> object:
            return instance.shard(CONTEXT, measurement, nonce, random)  # noqa: B023 (called in this turn)

        def verify() -> object:
            return instance.verify_init(key, CONTEXT, 1, nonce, sharded.public_share, sharded.input_shares[1])  # noqa: B023

        for name, work, bar in (("share out", shard, bars[0]), ("verify", verify, bars[1])):
            seconds, baseline = measured(work, times)
            yield Result(
                "prio3", f"{name} a report of {cells} cells", 1 / seconds, "reports/s",
                f"{MULTIPLICATIONS:,} multiplications in {FIELD128.name}", 1 / baseline, bar,
                more={"ms": seconds * 1000, "report_bytes": size},
            )  # fmt: skip


def measured(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median seconds of the work and, turn by turn with it, of the baseline."""
    works, baselines = list[float](), list[float]()
    modulus = FIELD128.modulus
    elements = [int.from_bytes(os.urandom(16), "little") % modulus for _ in range(MULTIPLICATIONS)]
    others = elements[::-1]
    for _ in range(times):
        begun = time.process_time()
        # Several in a row, as a server verifies them: the baseline's numbers take the caches.
        for _ in range(IN_A_ROW):
            work()
        between = time.process_time()
        _ = [one * other % modulus for one, other in zip(elements, others, strict=True)]
        ended = time.process_time()
        works.append((between - begun) / IN_A_ROW)
        baselines.append(ended - between)
    return median(works), median(baselines)
