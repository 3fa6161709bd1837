"""A programme in which a period of statistics is over: two tables of one month, and a crowd beside the phones of the
house, who have reported.

`pair`: of two shares, opened by the lead. `trio`: of three, opened by Judas, another lead, whose phone the kit has;
Bo holds the third. The month is the one in which clients log, by the machine's clock; the server's is set to it.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adversary.driver import opened
from adversary.host import Host
from adversary.scene import HOUSE, House, Scene, SceneBroken, build, enter
from crypto.public.base64url import b64
from device.phone import Phone
from schemas.period import last_day, number_of
from schemas.task import Axis, Task
from sync.ticket import Ticket

CROWD = ("judas", "eve", "dora", "emil", "fay", "gus", "hal")
"""Puppets of the kit. Judas is a lead; Eve has not reported, and does as she likes."""
ALL = len(CROWD) + 2
"""Reports of a table: of the crowd without Eve, of the lead, of Ada and of Bo."""
FOUNDED, MET, OPENED = -30, -15, 0
"""Days after the month's last one. An account becomes an aggregator 28 days after it joined; and by the thirtieth
everybody has stated a first witness, so that nobody falls silent in an attack.
"""
REPORTED, OVER = 15, 22
"""Days after the period by which all have reported, and on which it may be closed."""
PAIR = Task(
    "contact", (Axis("contact_kind", ("group", "leader_consult", "one_to_one")),), "contact", 3, 100, 8, "month", 2
)
TRIO = replace(PAIR, shares=3)
BEFORE, JUDAS_BEFORE = "before-openings", "judas-before"
"""Where a backup of the server stands, from before anything was opened; and one of Judas's phone."""


def as_json(task: Task) -> dict[str, Any]:
    """As the verb `table` takes it."""
    source, axes, *rest = task.as_array()
    names = ("unit", "bound", "epsilon", "k", "period_kind", "shares")
    told = [{"axis": name, "codes": codes} for name, codes in axes]
    return {"source": source, "axes": told, **dict(zip(names, rest, strict=True))}


def opening_of(scene: Scene, task: Task, later: int = 0) -> bytes:
    """The opening of a table for the period that is over, or for a later one; raises StopIteration."""
    roster = scene.roster
    period = min(made.period for made in roster.openings.values()) + later
    return next(
        id_
        for id_, made in roster.openings.items()
        if (roster.tasks[made.task], made.period) == (task, period) and made.ended is None
    )


def task_id(scene: Scene, task: Task) -> bytes:
    return next(id_ for id_, known in scene.roster.tasks.items() if known == task)


def period_of(scene: Scene) -> int:
    """The month that is over."""
    return scene.roster.openings[opening_of(scene, PAIR)].period


def puppet(scene: Scene, name: str) -> Phone:
    """A phone of the crowd, in the kit's own process; the scene closes it."""
    phone = opened(scene.folder / "crowd" / name)
    scene.closing.append(phone.close)
    return phone


def copy_of(scene: Scene, name: str, other: str) -> None:
    """What stands of a puppet's phone now is another one."""
    shutil.copytree(scene.folder / "crowd" / name, scene.folder / "crowd" / other)


async def build_counted(host: Host, command: Sequence[str], folder: Path) -> House:
    """Everybody but Eve and the phones of the house has reported; it is 15 days after the period.

    Raises SceneBroken, also if somebody complains of the honest server; ClientGone.
    """
    today = datetime.now(UTC).date()
    month = number_of("month", today)
    ahead = (last_day("month", month) - today).days
    founded = await build(host, command, folder / "founded", ahead + FOUNDED)
    scene = enter(host, command, founded, folder / "counted")
    try:
        await scene.start(*HOUSE)
        crowd = [await joined(scene, name) for name in CROWD]
        scene.go_on(MET - FOUNDED)
        await everybody(scene, crowd)
        scene.go_on(OPENED - MET)
        await everybody(scene, crowd)
        await open_both(scene, crowd[0], month)
        await everybody(scene, crowd)
        scene.go_on(REPORTED)
        for phone, name in zip(crowd, CROWD, strict=True):
            if name != "eve":
                await phone.sync()
        reports = {task.shares: scene.honest.mailbox.progress(opening_of(scene, task)).reports for task in (PAIR, TRIO)}
        if set(reports.values()) != {len(CROWD) - 1} or scene.complaints:
            raise SceneBroken(f"no honest period: {reports} reports of the crowd by shares; {scene.complaints}")
    finally:
        await scene.close()
    return House(scene.folder, scene.programme, scene.devices, scene.codes, scene.logged, scene.days)


async def joined(scene: Scene, name: str) -> Phone:
    role = "lead" if name == "judas" else "member"
    ticket = (await scene.must("lead", "invite", role=role))["ticket"]
    phone = puppet(scene, name)
    phone.accept(Ticket.from_text(ticket), name.title())
    await phone.come_in()
    return phone


async def everybody(scene: Scene, crowd: Sequence[Phone]) -> None:
    for phone in crowd:
        await phone.sync()
    await scene.synced(*HOUSE)
    for name in HOUSE:
        await scene.ask(name, "status")


async def open_both(scene: Scene, judas: Phone, month: int) -> None:
    """Bo offers to hold third shares; the lead opens the one table, and Judas the other."""
    task = (await scene.must("lead", "table", **as_json(PAIR)))["task"]
    await judas.sync()
    trio = await judas.statistics.define(TRIO)
    scene.honest.copy(scene.folder / BEFORE, scene.host.clock).stop()
    # He has been in league with the server from the beginning, and kept his phone as it was.
    copy_of(scene, "judas", JUDAS_BEFORE)
    await scene.must("lead", "open", task=task, period=month)
    await scene.must("bo", "aggregator", on=True)
    await scene.synced("bo")
    await scene.must("bo", "serve")
    await judas.sync()
    await judas.statistics.open(trio, month)


# What is done honestly, before or after an attack.


async def report(scene: Scene, *names: str) -> None:
    """These phones send their reports, which the server takes."""
    await scene.synced(*names)
    for name in names:
        outcomes = {one["outcome"] for one in (await scene.must(name, "reports"))["made"]}
        scene.demand(outcomes == {"taken"}, f"{name} has not reported: {outcomes}")


async def aggregated(scene: Scene, judas: Phone) -> None:
    """All aggregators of both tables verify what there is."""
    await scene.synced("lead", "bo")
    await scene.must("lead", "aggregate", opening=b64(opening_of(scene, PAIR)))
    await judas.sync()
    await judas.statistics.aggregate(opening_of(scene, TRIO))
    await scene.must("bo", "serve")
    await judas.statistics.aggregate(opening_of(scene, TRIO))


async def closed(scene: Scene) -> int:
    """The lead verifies and closes the table of two shares; how many reports it adds up."""
    opening = b64(opening_of(scene, PAIR))
    await scene.synced("lead")
    await scene.must("lead", "aggregate", opening=opening)
    scene.go_on(OVER - REPORTED)
    await scene.synced("lead")
    return int((await scene.must("lead", "close", opening=opening))["accepted"])


async def outcome(scene: Scene, name: str, task: Task) -> str:
    """What a phone says became of its report to a table; "none" if it made none."""
    opening, made = b64(opening_of(scene, task)), (await scene.must(name, "reports"))["made"]
    return next((str(one["outcome"]) for one in made if one["opening"] == opening), "none")


async def honest_period(host: Host, command: Sequence[str], house: House, folder: Path) -> None:
    """What is noticed in attacks must be the server's doing: an honest period ends first, in which nobody complains.

    Raises SceneBroken; ClientGone.
    """
    scene = enter(host, command, house, folder)
    try:
        await report(scene, "ada", "lead", "bo")
        judas = puppet(scene, "judas")
        await aggregated(scene, judas)
        if (accepted := await closed(scene)) != ALL:
            raise SceneBroken(f"of an honest period {accepted} reports are added up, and {ALL} were sent")
        await judas.sync()
        await judas.statistics.close(opening_of(scene, TRIO))
        await scene.synced("bo")
        await scene.must("bo", "serve")
        await judas.statistics.release(opening_of(scene, TRIO))
        await scene.must("lead", "release", opening=b64(opening_of(scene, PAIR)))
        for name in HOUSE:
            await scene.synced(name)
            await scene.ask(name, "status")
        found = {await outcome(scene, name, task) for name in ("ada", "lead", "bo") for task in (PAIR, TRIO)}
        if found != {"counted"} or scene.complaints:
            raise SceneBroken(f"an honest period ends badly: {sorted(found)}; {scene.complaints}")
    finally:
        await scene.close()
