"""`python -m bench [--only a,f]`: JSON lines on standard output, a table for people on standard error."""

import argparse
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from rich.console import Console
from rich.table import Table

from bench.crowd import crowd
from bench.directory import directory
from bench.growth import growth, million
from bench.hour import hour
from bench.idle import nothing_new
from bench.phone import in_memory, in_vault
from bench.prio3 import prio3
from bench.pull import pull
from bench.push import push
from bench.reports import reports
from bench.result import Result
from bench.run import Run
from bench.seen import seen
from bench.statistics import statistics

Work = Callable[[Run], AsyncIterator[Result]]

WORKS: dict[str, Work] = {
    "a": push,
    "b": pull,
    "c": seen,
    "d": crowd,
    "f": nothing_new,
    "memory": in_memory,
    "vault": in_vault,
    "growth": growth,
    "directory": directory,
    "prio3": prio3,
    "statistics": statistics,
    "reports": reports,
}
LONG: dict[str, Work] = {"million": million, "hour": hour}
"""Only where they are named."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(WORKS), help=f"some of {','.join(WORKS | LONG)}")
    names = parser.parse_args().only.split(",")
    unknown = [name for name in names if name not in WORKS | LONG]
    if unknown:
        parser.error(f"there is no work {unknown[0]!r}; there are {', '.join(WORKS | LONG)}")
    uvloop.run(run(names, float(os.environ.get("BENCH_SCALE", "1"))))


async def run(names: list[str], scale: float) -> None:
    """The temporary directory is what is measured: set TMPDIR to choose the disk."""
    # Neither the load generator nor the phone of the works is to wait while modules are looked through for garbage.
    gc.collect()
    gc.freeze()
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 160)
    busy = f"{os.cpu_count()} processors; {os.getloadavg()[0]:.1f} other processes wanted one in the last minute"
    table = Table("work", "what", "rate", "baseline", "its rate", "ratio", "bar", "met", title="Bench", caption=busy)
    with TemporaryDirectory(prefix="hallway-bench-") as directory:
        for name in names:
            async for result in (WORKS | LONG)[name](Run(Path(directory), scale)):
                print(result.as_json(), flush=True)
                console.print(f"{result.work}: {result.name}")
                table.add_row(*result.as_row())
    console.print(table)


if __name__ == "__main__":
    main()
