"""`python -m simulation`: many seeds, then the planted bugs; or one schedule from a file, again."""

import argparse
import secrets
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from simulation.bugs import BUGS
from simulation.many import find_bugs, run_seeds
from simulation.run import play
from simulation.schedule import load


def main() -> int:
    """1 if a run failed or a planted bug was not found."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, help="the first of them; fresh ones if it is not given")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay", type=Path, help="play this schedule and nothing else")
    parser.add_argument("--bug", choices=sorted(BUGS), default="", help="with this bug planted; for --replay")
    parser.add_argument("--no-bugs", action="store_true", help="leave the planted bugs out")
    parser.add_argument("--short", type=Path, help="write the shortest schedules that find the planted bugs there")
    asked = parser.parse_args()
    if asked.replay:
        return replay(asked.replay, asked.bug)
    first = secrets.randbelow(10**9) if asked.first is None else asked.first
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        failures = run_seeds(range(first, first + asked.seeds), pool.map)
        found = {} if asked.no_bugs else find_bugs(pool.map, asked.short)
    number = sum(seed > 0 for seed in found.values())
    print(f"simulate: {asked.seeds} seeds, {failures} failures, {number}/{len(found)} planted bugs found")
    return int(failures > 0 or number < len(found))


def replay(path: Path, bug: str) -> int:
    """1 if something is broken."""
    schedule, known = load(path)
    outcome = play(schedule, bug or known.get("bug", ""))
    print(f"{outcome.broken}: {outcome.detail}" if outcome.broken else f"{outcome.events} events, nothing is broken")
    return int(bool(outcome.broken))


if __name__ == "__main__":
    sys.exit(main())
