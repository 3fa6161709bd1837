"""Saying that the server was put back from a backup, which ends the alarm of all phones."""

from device.engine import Engine, Publication
from device.outbox import Rows
from sync.state import RosterState
from sync.statements import Restored


async def restored(engine: Engine) -> None:
    """State `restored`: for leads, when the members' phones have had time to offer what they hold.

    Raises ServerProblem (`not-authorised` for others), and as `Engine.publish`.
    """

    async def decide(_: RosterState) -> Publication:
        return Restored(engine.writer.day()), Rows()

    await engine.publish(decide)
