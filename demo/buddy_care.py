"""A second programme on the same server, of people in three units. What its lead asks for, and is refused."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.operator import founding_ticket
from demo.claims import DemoFailed, must
from device.phone import Phone
from device.transport import ServerProblem
from schemas.period import number_of
from schemas.tables.ready import FEWEST, ready
from schemas.task import Task
from stats.accuracy import deviation
from sync.errors import Refused
from sync.ticket import Ticket

if TYPE_CHECKING:
    from demo.story import Story

UNITS = ("emergency", "critical care", "operating theatres")
TOGETHER = 11
"""People who share an invitation: a server keeps few sessions open for one."""


async def buddy_care(story: "Story") -> tuple[list[str], list[Task]]:
    """What is refused and why, a line each, and the tables that were defined or tried. The phones are ordered."""
    people = story.plan.scale.buddies
    with story.screen.phase("buddy_care, a small programme of its own", people) as phase:
        lead = await story.shelf.take()
        ticket = await asyncio.to_thread(founding_ticket, story.host.settings(story.proxy.address))
        await lead.found(ticket, story.aside("Buddy Care, the lead"))
        await lead.confirm_code(await lead.new_code())
        phase.step()

        async def join(number: int, phone: Phone, invitation: Ticket) -> None:
            phone.accept(invitation, story.aside(f"Buddy {number} of {UNITS[number % len(UNITS)]}"))
            await phone.come_in()
            phase.step()

        async def joining(numbers: range) -> None:
            for first in numbers[::TOGETHER]:
                some = numbers[first - numbers.start :][:TOGETHER]
                invitation = await lead.invite(uses=len(some))
                phones = [await story.shelf.take() for _ in some]
                await story.together(join(one, phone, invitation) for one, phone in zip(some, phones, strict=True))
            await lead.sync()

        await joining(range(1, FEWEST - 1))
        desk, month = lead.statistics, number_of("month", datetime.fromtimestamp(story.clock(), UTC).date())
        contacts = await desk.define(task("contacts"))
        told = [f"  as {FEWEST - 1} people, a table at all: {await refused(desk.open(contacts, month), 'below-k')}"]
        await joining(range(FEWEST - 1, people))
    must(len(lead.engine.roster.accounts) == people, "everybody is in the small programme")
    by_unit = ready()["unit_contacts"].task("quarter", 2)
    each_contact = replace(by_unit, unit="contact", period_kind="month")
    told.append(f"  contacts by unit: {await refused(desk.define(each_contact), 'task-floor')}")
    for name in ("contacts", "reasons", "dispositions"):
        await desk.open(await desk.define(task(name)), month)
    roles = await desk.define(task("roles"))
    told.append(f"  a fourth table in one month: {await refused(desk.open(roles, month), 'budget-spent')}")
    fewer = replace(task("roles"), k=4)
    told.append(f"  totals of fewer people: {await refused(desk.define(fewer), 'task-floor')}")
    told.append(
        f"  not refused, and of no use to {people} people: contacts by unit that hide all of one supporter, each number"
        f" with a standard deviation of {deviation([by_unit.scale]):.0f}"
    )
    return told, [*lead.engine.roster.tasks.values(), each_contact, fewer]


def task(name: str) -> Task:
    return ready()[name].task("month", 2)


async def refused(work: Awaitable[Any], name: str) -> str:
    """The reason. Raises DemoFailed if it is done, or refused for another one."""
    try:
        await work
    except ServerProblem as problem:
        must(problem.name == name, f"the refusal is {name}, not {problem.name}")
        return f"refused, {problem.detail} ({name})"
    except Refused as refusal:
        must(refusal.problem == name, f"the refusal is {name}, not {refusal.problem}")
        return f"refused, {refusal.detail} ({name})"
    raise DemoFailed(f"{name} is refused")
