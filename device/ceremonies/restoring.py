"""Saying that the server was put back from a backup, which ends the alarm of all phones."""

from device.ceremonies.reissuing import reissue
from device.engine import Engine, Publication
from device.outbox import Rows
from device.report import Report
from sync.state import RosterState
from sync.statements import Restored


async def restored(engine: Engine) -> list[str]:
    """State `restored`: for leads, when the members' phones have had time to offer what they hold.

    A lead's phone that knew more than the server does first goes over to what others have written there since: nobody
    but a lead could declare it, and all leads may have known more. Returns sentences for the person. May be repeated.
    Raises ServerProblem (`not-authorised` for others), and as `Engine.publish`.
    """
    report, blocked = Report(), set[bytes]()
    await engine.pull(report, blocked)
    if engine.identity.programme in blocked and engine.identity.account in engine.roster.leads:
        await engine.adopt(report, declaring=True)
        await engine.pull(report, set())

    async def decide(_: RosterState) -> Publication:
        return Restored(engine.writer.day()), Rows()

    # Before what this phone owes: a server that is being healed takes nothing else.
    await engine.publish(decide, owed=True)
    return report.notes + await reissue(engine)
