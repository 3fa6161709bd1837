"""The end of each run with a backup: the server comes back as it was then, and the phones give it back what it lost.

Everybody writes on. With the operator's command it waits for the lead; without it, for what its author gives back
first: all phones know the same when the server is put back. Either way the world goes through the invariants again.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from device.ceremonies.rotating import audit
from device.telling import SHUT_OUT
from simulation.healing import calmly
from simulation.ledger import Shown, shown
from simulation.operations.restoring import put_back, say_restored, take_back
from simulation.operations.writing import log
from simulation.randomness import seeded
from simulation.schedule import Event
from simulation.violation import Violation

if TYPE_CHECKING:
    from simulation.handset import Handset
    from simulation.world import World

DAY = 86_400.0
HONEST = ("behind", "the server is being restored")
"""What a phone may say of a server that was put back."""
ROUNDS = ((1, True), (7, True), (1, True), (1, True), (0, True), (1, False), (0, False))
"""Days between the syncs after healing, and whether they flush. A phone that gave nothing back looks within a week
whether keys or wraps are lost, and what it cannot repair waits for another. A sync that only looks states for the
witness log, too, if its day has come: so they look twice on the last day. What retention deletes goes up with the next
flush: the last day that flushes has two."""


async def come_back_older(world: "World", back: "list[Handset]") -> bool:
    """The oldest backup in the place of the server. True if it is whole again. Raises Violation."""
    if not world.server_backups or not back:
        return False
    declared = bool(seeded(world.seed, "restoring")(1)[0] & 1)
    put_back(world, world.server_backups[0], declared=declared)
    before = {handset.slot: shown(handset.phone) for handset in back}
    told = {handset.slot: handset.phone.notes() for handset in back}
    for _ in range(3):
        for handset in back:
            if handset.arrived:
                await log(world, handset, Event("log", handset.slot, handset.slot))
            await _look(world, handset, told[handset.slot])
            world.ledger.expire(world.today)
            _keeps(world, handset, before[handset.slot])
    if world.waits and not await _lead_says_so(back):
        take_back(world)
    for days, flush in ROUNDS:
        world.now += days * DAY
        for handset in back:
            await calmly(world, handset, flush=flush)
            world.observe(handset)
    world.ledger.expire(world.today)
    return True


async def _lead_says_so(back: "list[Handset]") -> bool:
    for handset in back:
        if handset.account in handset.phone.engine.roster.leads:
            await say_restored(handset)
            return True
    return False


async def _look(world: "World", handset: "Handset", told: Collection[str]) -> None:
    """`told`: what it said before: of who is back for good since an earlier restore, for one."""
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
        if note in told or note in audit(handset.phone.engine.roster):
            continue
        if not any(words in note for words in HONEST) and not (unknown and note == SHUT_OUT):
            raise Violation("nobody_is_accused", f"phone {handset.slot} of a server that is behind: {note}")
    for name, position, head in handset.query("SELECT log, position, head FROM logs"):
        old = handset.positions.get(name, (0, b""))
        if position < old[0]:
            raise Violation("cursors_only_grow", f"phone {handset.slot} went from {old[0]} to {position}")
        handset.positions[name] = position, head


def _keeps(world: "World", handset: "Handset", before: Shown) -> None:
    gone = before.keys() - shown(handset.phone).keys()
    if gone := {id_ for id_ in gone if not world.ledger.records[id_].maybe}:
        raise Violation("nothing_is_lost", f"phone {handset.slot} lost {len(gone)} records to a server that is behind")
