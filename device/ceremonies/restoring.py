"""A lead says that a restore is over: the server takes new entries again."""

from device.engine import Engine, Publication
from device.outbox import Rows
from sync.state import RosterState
from sync.statements import Restored


async def restored(engine: Engine) -> None:
    """State it, after this phone has given back what it holds. Raises as `Engine.publish`."""

    async def decide(_: RosterState) -> Publication:
        return Restored(engine.writer.day()), Rows()

    await engine.publish(decide)
