"""Many runs: fresh seeds, and the seeds that find each planted bug. `each` maps a function, over processes."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from simulation.bugs import BUGS, RARE, rather
from simulation.generate import STORM, generate
from simulation.run import Outcome, play
from simulation.schedule import Schedule, save
from simulation.shrink import shrink

FAILED = Path("simulation-failures")
SEEDS_A_BUG = 60
TRIES_A_BUG = 40
Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


def run_seeds(seeds: range, each: Each) -> int:
    """How many failed; each failure is printed, and written to a file as the shortest schedule found."""
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


def play_seed(seed: int) -> Outcome:
    return play(generate(seed))


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


def find_bugs(each: Each, into: Path | None = None) -> dict[str, int]:
    """Bug, if it is not a rare one -> the first seed, counted from 1, that finds it, or 0.

    `into`: where the shortest schedules that do are written.
    """
    found: dict[str, int] = {}
    often = [name for name in BUGS if name not in RARE]
    for name, (seed, broken) in zip(often, each(partial(find_bug, into=into), often), strict=True):
        found[name] = seed
        what = f"seed {seed}, {broken}" if seed else f"not found in {SEEDS_A_BUG} seeds"
        print(f"planted: {name.replace('-', ' ')}: {what}", flush=True)
    return found


def find_bug(name: str, into: Path | None) -> tuple[int, str]:
    """The first seed, counted from 1, that finds it, and the invariant that it breaks; (0, "") if none does."""
    for seed in range(1, SEEDS_A_BUG + 1):
        schedule = generate(seed, trouble=STORM, rather=rather(name))
        broken = play(schedule, name).broken
        if broken and into:
            again = partial(fails, broken=broken, bug=name)
            short = shrink(schedule, again, TRIES_A_BUG)
            save(into / f"{name}.json", short, bug=name, broken=broken)
        if broken:
            return seed, broken
    return 0, ""
