"""Playing a schedule from its first event to the last invariant."""

import asyncio
import time
import traceback
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from simulation.blank import scratch
from simulation.bugs import BUGS
from simulation.erased import in_the_end
from simulation.handset import watching
from simulation.healing import heal
from simulation.house import House, house
from simulation.invariants import INVARIANTS
from simulation.restoring import come_back_older
from simulation.schedule import Schedule
from simulation.violation import Violation
from simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """`broken`: the invariant that did not hold, or ""; `writes`: changes of people; `digest`: of the whole run."""

    broken: str
    detail: str
    events: int
    writes: int
    phones: int
    seconds: float
    digest: str = ""


def play(schedule: Schedule, bug: str = "") -> Outcome:
    """One run, in its own folder; `bug`: the planted one."""
    start, furnished = time.perf_counter(), house(schedule.people)
    with scratch("run-") as folder, BUGS[bug]() if bug else nullcontext():
        return asyncio.run(_play(schedule, Path(folder), furnished, start))


async def _play(schedule: Schedule, folder: Path, furnished: House, start: float) -> Outcome:
    async with World(folder, schedule.seed) as world:
        broken = detail = digest = ""
        try:
            with watching(world):
                furnished.furnish(world)
                for event in schedule.events:
                    await world.play(event)
                back = await heal(world)
                for invariant in INVARIANTS:
                    invariant(world, back)
                if await come_back_older(world, back):
                    for invariant in INVARIANTS:
                        invariant(world, back)
                in_the_end(world, back)
            digest = world.digest()
        except Violation as violation:
            broken, detail = violation.invariant, violation.detail
        except Exception as error:
            broken, detail = f"unexpected {type(error).__name__}", traceback.format_exc(limit=-8)
        seconds = time.perf_counter() - start
        return Outcome(broken, detail, world.events, world.ledger.writes, len(world.handsets), seconds, digest)
