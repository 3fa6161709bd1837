"""The end of some runs: the server comes back from last week's backup, and is merely behind.

Phones lose nothing, write nothing where they are ahead, and accuse nobody of more than having lost entries. Healing it
is a matter of the protocol; a world that is healed goes through `heal` and the invariants again.
"""

from typing import TYPE_CHECKING

from device.phone import SHUT_OUT
from simulation.healing import calmly
from simulation.ledger import Shown, shown
from simulation.operations.writing import log
from simulation.schedule import Event
from simulation.violation import Violation

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

BEHIND = "behind"


async def come_back_older(world: "World", back: "list[Handset]") -> None:
    """The oldest backup in the place of the server. Every phone writes and syncs twice. Raises Violation."""
    if not world.server_backups:
        return
    world.server.restore(world.server_backups[0])
    world.epochs.forget()
    world.truth.forget()
    before = {handset.slot: shown(handset.phone) for handset in back}
    for handset in back:
        if handset.arrived:
            await log(world, handset, Event("log", handset.slot, handset.slot))
    for _ in range(2):
        for handset in back:
            await _look(world, handset)
    for handset in back:
        _keeps(handset, before[handset.slot])


async def _look(world: "World", handset: "Handset") -> None:
    positions = dict(handset.positions)
    try:
        await calmly(world, handset, flush=True)
    except Violation as violation:
        # A server that knows fewer statements may not know this device at all: the phone says so, and waits.
        if "session-refused" not in violation.detail:
            raise
    unknown = not world.server.rows(
        "SELECT 1 FROM principals WHERE principal = ?", handset.phone.engine.identity.device
    )
    for note in handset.phone.notes():
        # Only a phone that this older server truly does not hold may say that it is not known there.
        if BEHIND not in note and not (unknown and note == SHUT_OUT):
            raise Violation("nobody_is_accused", f"phone {handset.slot} of a server that is behind: {note}")
    for name, position, head in handset.query("SELECT log, position, head FROM logs"):
        old = positions.get(name, (0, b""))
        if position < old[0]:
            raise Violation("cursors_only_grow", f"phone {handset.slot} went from {old[0]} to {position}")
        handset.positions[name] = position, head


def _keeps(handset: "Handset", before: Shown) -> None:
    if gone := before.keys() - shown(handset.phone).keys():
        raise Violation("nothing_is_lost", f"phone {handset.slot} lost {len(gone)} records to a server that is behind")
