"""Syncing, and time passing."""

from random import Random
from typing import TYPE_CHECKING

from device.report import Report
from device.telling import SHUT_OUT
from simulation.operations.coming import come_in
from simulation.violation import Violation

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World

DAY = 86_400.0
OFFSETS = (0.0, 0.0, -400 * DAY, -3 * DAY, -7_200.0, 7_200.0, 3 * DAY, 400 * DAY)


async def sync(world: "World", handset: "Handset", _: "Event") -> None:
    await sync_now(world, handset, flush=True)


async def look(world: "World", handset: "Handset", _: "Event") -> None:
    await sync_now(world, handset, flush=False)


async def sync_now(world: "World", handset: "Handset", *, flush: bool) -> None:
    """A sync, or for a phone on its way in the next step of that."""
    if handset.arrived:
        check(world, handset, await handset.phone.sync(flush=flush))
    else:
        await come_in(world, handset)


async def tick(world: "World", handset: "Handset", _: "Event") -> None:
    if handset.arrived and (report := await handset.phone.tick()):
        check(world, handset, report)


def check(world: "World", handset: "Handset", report: Report) -> None:
    """Raises Violation if an honest phone is kept from writing."""
    for note in report.notes:
        if note.startswith("the server takes no entries") and world.truth.is_active(handset.device):
            raise Violation("nobody_is_refused", f"phone {handset.slot}: {note}")
        if note.startswith("statistics wait") and not world.restores:
            raise Violation("nobody_is_accused", f"phone {handset.slot}: {note}")
    if SHUT_OUT in handset.phone.notes() and world.truth.is_active(handset.device):
        raise Violation("nobody_is_accused", f"phone {handset.slot} says after a sync that it is shut out")


async def hours(world: "World", _: "Handset", event: "Event") -> None:
    world.now += Random(event.seed).uniform(1, 20) * 3_600


async def days(world: "World", _: "Handset", event: "Event") -> None:
    world.now += Random(event.seed).randint(1, 6) * DAY
    world.server.erase_due()


async def weeks(world: "World", _: "Handset", event: "Event") -> None:
    world.now += Random(event.seed).randint(2, 7) * 7 * DAY
    world.server.erase_due()


async def season(world: "World", _: "Handset", event: "Event") -> None:
    """Longer than a programme may keep contacts."""
    world.now += Random(event.seed).randint(85, 110) * DAY
    world.server.erase_due()


async def clock(_: "World", handset: "Handset", event: "Event") -> None:
    handset.offset = Random(event.seed).choice(OFFSETS)
