"""Work (statistics): the server decides the reports of an opening, from verifier shares to decisions on the disk."""

import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from bench.prio3 import MULTIPLICATIONS, measured
from bench.result import Result
from bench.run import Run
from schemas.task import Axis, Task
from stats.instance import instance_of
from stats.prio3.field import FIELD128
from stats.prio3.prio3 import VERIFY_KEY_SIZE
from store.mailbox.mailbox import Mailbox
from sync.log import Cursor
from sync.report import Report, measurement_context, share_hash

REPORTS = 2000
TASK = Task("contact", (Axis("cell", tuple(f"{at:03}" for at in range(256))),), "contact", 60, 100, 8, "month", 2)
PROGRAMME, OPENING, KEY = (os.urandom(size) for size in (32, 32, VERIFY_KEY_SIZE))
BAR = 0.32
"""2,000 reports in 10 s, in ten thousands of multiplications of 0.16 microseconds."""


@dataclass(frozen=True)
class Decided:
    """Seconds, and bytes that the process had resident at most."""

    seconds: float
    peak: int


async def statistics(run: Run) -> AsyncIterator[Result]:
    """Of 256 cells with two aggregators. The aggregator device's verifier shares are there already."""
    number = run.size(REPORTS, 40)
    with run.folder() as folder:
        path = Path(folder) / "bench.mailbox"
        fill(path, number)
        # A process of its own: the memory is that of a server which does nothing else.
        with ProcessPoolExecutor(1, get_context("spawn")) as one:
            decided = one.submit(decide, path, PROGRAMME, OPENING, number).result()
    _, baseline = measured(lambda: None, 10)
    yield Result(
        "statistics", f"decide {number:,} reports of {TASK.cells} cells", number / decided.seconds, "reports/s",
        f"{MULTIPLICATIONS:,} multiplications in {FIELD128.name}", 1 / baseline, BAR,
        more={"seconds": decided.seconds, "peak_mb": decided.peak / 1e6},
    )  # fmt: skip


def fill(path: Path, number: int) -> None:
    """A mailbox with so many reports, the verify key, and the aggregator device's verifier shares."""
    instance, context = instance_of(TASK), measurement_context(PROGRAMME, OPENING)
    measurement = [1] * TASK.bound + [0] * (TASK.cells - TASK.bound)
    mailbox = Mailbox(path, bytes(32))
    mailbox.set_key(PROGRAMME, OPENING, KEY, None)
    for _ in range(number):
        account, nonce, sealed = os.urandom(16), os.urandom(16), os.urandom(1200)
        sharded = instance.shard(context, measurement, nonce, os.urandom(instance.randomness_size))  # type: ignore[arg-type]
        leader, helper = sharded.input_shares
        hashes = share_hash(leader), (share_hash(sealed),)
        report = Report(OPENING, bytes(32), Cursor(1, bytes(32)), nonce, sharded.public_share, *hashes)
        mailbox.add_report(PROGRAMME, account, report, bytes(64), leader, [sealed])
        _, share = instance.verify_init(KEY, context, 1, nonce, sharded.public_share, helper)
        mailbox.add_verifiers(OPENING, 1, {account: share})
    mailbox.close()


def decide(path: Path, programme: bytes, opening: bytes, number: int) -> Decided:
    """Raises AssertionError unless all reports are accepted."""
    mailbox = Mailbox(path, bytes(32))
    begun = time.perf_counter()
    progress = mailbox.decide(programme, opening, TASK)
    seconds = time.perf_counter() - begun
    mailbox.close()
    if progress.accepted != number:
        raise AssertionError("a report that is valid was not accepted")
    return Decided(seconds, getrusage(RUSAGE_SELF).ru_maxrss * 1024)
