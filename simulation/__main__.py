"""`python -m simulation`: many seeds, then the planted bugs; or one schedule from a file, again."""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from simulation.bugs import BUGS
from simulation.generate import STORM, generate
from simulation.run import Outcome, play
from simulation.schedule import Schedule, load, save
from simulation.shrink import shrink

FAILED = Path("simulation-failures")
SEEDS_A_BUG = 30


def main() -> int:
    """1 if a run failed or a planted bug was not found."""
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many")
    parser.add_argument("--first", type=int, default=None, help="the first of them; fresh ones if not given")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay", type=Path, help="play this schedule and nothing else")
    parser.add_argument("--bug", choices=sorted(BUGS), default="", help="with this bug planted; for --replay")
    parser.add_argument("--no-bugs", action="store_true", help="leave the planted bugs out")
    asked = parser.parse_args()
    if asked.replay:
        return replay(asked.replay, asked.bug)
    first = secrets.randbelow(10**9) if asked.first is None else asked.first
    with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
        failures = run_seeds(range(first, first + asked.seeds), pool.map)
        found = find_bugs(pool.map) if not asked.no_bugs else {}
    print(
        f"simulate: {asked.seeds} seeds, {failures} failures, "
        f"{sum(seed is not None for seed in found.values())}/{len(found)} planted bugs found"
    )
    return int(bool(failures) or None in found.values())


def run_seeds(seeds: range, each: "Callable[..., Iterable[Outcome]]") -> int:
    """How many failed; each failure is printed and written to a file with the shortest schedule found."""
    start, events, writes, phones, failures = time.perf_counter(), 0, 0, 0, 0
    for seed, outcome in zip(seeds, each(play_seed, seeds), strict=True):
        events, writes, phones = events + outcome.events, writes + outcome.writes, max(phones, outcome.phones)
        if outcome.broken:
            failures += 1
            report(seed, outcome)
    seconds = time.perf_counter() - start
    print(
        f"seeds {seeds.start} to {seeds.stop - 1}: {events} events, {writes} changes by people, "
        f"up to {phones} phones, {seconds:.0f} seconds"
    )
    return failures


def report(seed: int, outcome: Outcome) -> None:
    print(f"seed {seed} failed: {outcome.broken}: {outcome.detail}", flush=True)
    short = shrink(generate(seed), partial(fails, broken=outcome.broken))
    path = FAILED / f"{seed}.json"
    save(path, short, broken=outcome.broken)
    print(f"  {len(short.events)} events are enough: python -m simulation --replay {path}")
    for event in short.events:
        print(f"    {event}")


def fails(schedule: Schedule, *, broken: str, bug: str = "") -> bool:
    return play(schedule, bug).broken == broken


def play_seed(seed: int) -> Outcome:
    return play(generate(seed))


def find_bugs(each: "Callable[..., Iterable[tuple[int | None, Outcome]]]") -> dict[str, int | None]:
    """Bug -> the first seed, counted from 1, that finds it."""
    found: dict[str, int | None] = {}
    for name, (seed, outcome) in zip(BUGS, each(find_bug, BUGS), strict=True):
        found[name] = seed
        what = f"seed {seed}, {outcome.broken}" if seed else f"not found in {SEEDS_A_BUG} seeds"
        print(f"planted: {name.replace('-', ' ')}: {what}", flush=True)
    return found


def find_bug(name: str) -> tuple[int | None, Outcome]:
    for seed in range(1, SEEDS_A_BUG):
        outcome = play(generate(seed, trouble=STORM), name)
        if outcome.broken:
            return seed, outcome
    outcome = play(generate(SEEDS_A_BUG, trouble=STORM), name)
    return SEEDS_A_BUG if outcome.broken else None, outcome


def replay(path: Path, bug: str) -> int:
    schedule, known = load(path)
    outcome = play(schedule, bug or known.get("bug", ""))
    print(f"{outcome.broken}: {outcome.detail}" if outcome.broken else f"{outcome.events} events, nothing is broken")
    return int(bool(outcome.broken))


if __name__ == "__main__":
    sys.exit(main())
