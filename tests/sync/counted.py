"""Tasks that keep all floors, and a programme large enough to open them."""

from dataclasses import replace
from datetime import date
from functools import cache

from schemas.period import days_of, number_of
from schemas.tables.sources import axes_of
from schemas.task import Axis, Task
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY

KINDS = Axis("contact_kind", axes_of("contact")["contact_kind"])
UNITS = Axis("unit_group", axes_of("contact")["unit_group"])
CONTACTS = Task("contact", (KINDS,), "contact", 60, 100, 8, "month", 2)
SHARED = replace(CONTACTS, shares=3)
QUARTERLY = replace(CONTACTS, period_kind="quarter")
SUPPORTERS = replace(CONTACTS, axes=(UNITS,), unit="supporter", bound=20)
ZONES = Task("wellbeing", (Axis("zone", axes_of("wellbeing")["zone"]),), "supporter", 1, 100, 8, "quarter", 2)

TODAY = date.fromordinal(FIRST_DAY + date(1970, 1, 1).toordinal())
MONTH, QUARTER = number_of("month", TODAY), number_of("quarter", TODAY)


@cache
def _grown() -> tuple[World, tuple[Phone, ...]]:
    world = World.found(77)
    world.invite("recovery")
    used = world.invite("member", uses=9)
    return world, tuple(world.join(used) for _ in range(9))


def programme() -> tuple[World, tuple[Phone, ...]]:
    """A lead and nine members, on the first day of `MONTH`'s second month; each caller gets a world of its own."""
    world, members = _grown()
    return replace(world, states=[*world.states], entries=[*world.entries]), members


def last_day(task: Task, period: int) -> int:
    return days_of(task.period_kind, period)[-1]


def first_day(task: Task, period: int) -> int:
    return days_of(task.period_kind, period)[0]
