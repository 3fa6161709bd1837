"""The server comes back older in the middle of everything, and a lead says so."""

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from api.operator import begin_restore, end_restore
from simulation.lost import before_it_goes
from simulation.operations.ceremony import need
from simulation.operations.operation import Nothing
from simulation.randomness import seeded

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


async def server_restore(world: "World", _: "Handset", event: "Event") -> None:
    """The oldest backup or the newest, with the operator's command or without. Those made since are thrown away."""
    if not world.server_backups:
        raise Nothing
    dice = Random(event.seed)
    if dice.random() < 0.5:
        del world.server_backups[1:]
    world.put_back = True
    for handset in world.handsets.values():
        handset.doubts = True
    put_back(world, world.server_backups[-1], declared=dice.random() < 0.5)


async def declare(world: "World", handset: "Handset", _: "Event") -> None:
    """A lead has heard of it from the operator."""
    need(handset, lead=True)
    if not world.put_back:
        raise Nothing
    await say_restored(handset)


def put_back(world: "World", backup: Path, *, declared: bool) -> None:
    """A backup in the place of the server; `declared`: by the operator's command."""
    had, entries = before_it_goes(world)
    world.restores += 1
    world.server.put_back(backup, mailbox=bool(seeded(world.seed, "mailbox", world.restores)(1)[0] & 1))
    if declared:
        world.server.stop()
        begin_restore(world.server.settings)
        world.server.start()
    # A copy made while the server was being healed after an earlier restore waits, too.
    world.waits = bool(world.server.rows("SELECT 1 FROM programmes WHERE healing"))
    world.epochs.forget()
    world.truth.forget()
    world.losses.put_back(world, had, entries)
    # The keys of personal spaces that were revoked once are rotated once more when that has to be stated again.
    for former in set(had.former) - set(world.truth.roster().former):
        if had.former[former].device.account not in had.departed:
            world.count("rotate")


def take_back(world: "World") -> None:
    """The operator, of a programme of which no lead has a phone any more."""
    world.server.stop()
    end_restore(world.server.settings)
    world.server.start()
    world.waits = False


async def say_restored(handset: "Handset") -> None:
    handset.declaring = True
    await handset.phone.restored()
