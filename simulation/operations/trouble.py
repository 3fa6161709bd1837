"""Phones and servers that stop, are lost, or come back older than they were."""

from random import Random
from typing import TYPE_CHECKING

from simulation.operations.operation import Nothing

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.schedule import Event
    from simulation.world import World


async def restart(_: "World", handset: "Handset", __: "Event") -> None:
    handset.reopen()


async def server_restart(world: "World", _: "Handset", event: "Event") -> None:
    """In order, or by kill -9."""
    if Random(event.seed).random() < 0.5:
        world.server.kill()
    else:
        world.server.stop()
        world.server.start()


async def back_up(_: "World", handset: "Handset", __: "Event") -> None:
    if not handset.arrived:
        raise Nothing
    handset.back_up()


async def restore(world: "World", handset: "Handset", event: "Event") -> None:
    """The phone's own backup in its place. What was written since and never left dies with the newer files."""
    if not handset.backups:
        raise Nothing
    world.ledger.forgive(handset.slot, handset.phone)
    keystore = Random(event.seed).choices(("kept", "lost", "restored"), (7, 2, 1))[0]
    handset.restore(keystore=keystore)


async def lose(world: "World", handset: "Handset", _: "Event") -> None:
    """Under a tram: the server has what was acknowledged, and nobody the rest."""
    world.ledger.forgive(handset.slot, handset.phone)
    handset.lost = True
    world.losses.check(handset)


async def server_back_up(world: "World", _: "Handset", __: "Event") -> None:
    world.server_backups.append(world.server.backup(world.folder / f"backup-{world.events}"))
