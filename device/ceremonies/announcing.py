"""Rules versions: what this phone can judge by is said in the roster, and nothing is done under rules above it."""

from contextlib import suppress

from device.engine import Engine, Publication
from device.outbox import Rows
from sync.device.replica import ServerFault
from sync.state import RULES, RosterState
from sync.statements import Announce


async def announce(engine: Engine) -> None:
    """State the rules this program implements, if the roster says less of this phone. Raises as `Engine.publish`.

    A server with another roster than this phone's is told at a later sync.
    """
    if engine.writer.silenced or not lags(engine, engine.roster):
        return

    async def decide(roster: RosterState) -> Publication | None:
        return (Announce(engine.writer.day(), RULES), Rows()) if lags(engine, roster) else None

    with suppress(ServerFault):
        await engine.publish(decide)


def lags(engine: Engine, roster: RosterState) -> bool:
    """Whether the roster says less of this phone's program than it can do."""
    device = roster.devices.get(engine.identity.device)
    return device is not None and device.rules < RULES
