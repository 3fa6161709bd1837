"""`make conformance`: implementations judged one after the other: `python -m conformance NAME=COMMAND...`."""

import asyncio
import shlex
import sys

from conformance.client import NotStarted
from conformance.report import faults, line
from conformance.run import run


def main(arguments: list[str]) -> int:
    """1 if an implementation failed a case, 2 if one does not start."""
    sums: list[str] = []
    right = True
    for name, _, command in (argument.partition("=") for argument in arguments):
        print(f"{name}: {command}", flush=True)
        try:
            hearing = asyncio.run(run(shlex.split(command), heard=lambda tally: print(f"  {line(tally)}", flush=True)))
        except NotStarted as why:
            print(why, file=sys.stderr)
            return 2
        for told in faults(hearing.tallies, every=False):
            print(told)
        sums.append(f"{name} {hearing.passed}/{hearing.cases}")
        right = right and hearing.passed == hearing.cases
    print(f"conformance: {', '.join(sums)}")
    return 0 if right and sums else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
