"""A period of statistics: opened, reported by all phones as they sync, verified, closed and released."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING

from device.statistics import aggregating
from device.statistics.keys import KeyLost
from device.statistics.releasing import TooFew
from device.transport import ServerProblem
from schemas.period import number_of
from schemas.task import Axis, Task
from simulation.counting import check_release
from simulation.operations.ceremony import need
from simulation.operations.everyday import DAY
from simulation.operations.operation import Nothing
from sync.errors import Refused

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World

AXES = (Axis("modality", ("email", "in_person_private", "phone", "video")),)
TABLE = Task("contact", AXES, "contact", 5, 100, 8, "month", 2)
FIRST = number_of("month", date(2024, 11, 1))
"""The month after the one in which runs begin."""
NO = frozenset(
    {
        "below-k",
        "budget-spent",
        "list-wrong",
        "not-authorised",
        "not-open",
        "not-yet",
        "opening-void",
        "too-early",
        "too-late",
        "too-many-rejected",
    }
)
"""What the server may say to a lead who asks too early, too late, or for what a restored server has lost."""


async def until(world: "World", _: "Handset", event: "Event") -> None:
    """The day comes that is as many days after the first one as the event's seed."""
    world.now = max(world.now, (20_000 + event.seed) * DAY + DAY / 2)
    world.server.erase_due()


async def open_period(_: "World", handset: "Handset", event: "Event") -> None:
    """Of the table, which is stated before if the roster has none."""
    need(handset, lead=True)
    desk = handset.phone.statistics

    async def opened() -> None:
        tasks = handset.phone.engine.roster.tasks
        task = next(iter(tasks)) if tasks else await desk.define(TABLE)
        await desk.open(task, FIRST + event.seed % 2)

    await asking(opened)


async def aggregate(_: "World", handset: "Handset", __: "Event") -> None:
    await with_each(handset, "open", handset.phone.statistics.aggregate)


async def close(world: "World", handset: "Handset", __: "Event") -> None:
    async def closed(opening: bytes) -> None:
        await handset.phone.statistics.close(opening)
        engine = handset.phone.engine
        closing = engine.roster.openings[opening].closed
        if closing is not None:
            world.counting.closed.setdefault(closing, aggregating.receipts(engine, opening))

    await with_each(handset, "open", closed)


async def release(world: "World", handset: "Handset", __: "Event") -> None:
    async def released(opening: bytes) -> None:
        check_release(world, handset, await handset.phone.statistics.release(opening))

    await with_each(handset, "closed", released)


async def with_each(handset: "Handset", state: str, act: Callable[[bytes], Awaitable[object]]) -> None:
    """Every opening of this device that stands so."""
    need(handset, lead=True)
    mine = [one.opening for one in handset.phone.statistics.statuses() if one.mine and one.state == state]
    if not mine:
        raise Nothing
    for opening in mine:
        await asking(lambda opening=opening: act(opening))  # type: ignore[misc]


async def asking(act: Callable[[], Awaitable[object]]) -> None:
    """Raises Nothing if the answer is an honest no."""
    try:
        await act()
    except (Refused, KeyLost, TooFew) as told:
        raise Nothing from told
    except ServerProblem as problem:
        if problem.name not in NO:
            raise
        raise Nothing from problem
