"""Whether the account's reports are in the totals, by the list whose hash the lead signed when closing the period.

docs/protocol/10-statistics.md, *Receipts*.
"""

from device.days import calendar_day
from device.engine import Engine
from device.records import Records
from device.refusals import REFUSALS
from device.statistics.reported import COUNTED, FINAL, LEFT_OUT, Reported, reported
from device.statistics.reporting import days_of, settle
from device.transport import ServerProblem
from sync.device.replica import ServerFault
from sync.report import accepted_hash, receipt
from sync.tables import KEPT


async def look(engine: Engine, records: Records) -> list[str]:
    """Settle the reports of closed periods. Returns sentences for the person.

    A server that gives no list, or none yet, is asked again with the next sync. Raises ServerFault for a list that is
    not the one that was signed, and as `Engine.sync`.
    """
    notes = list[str]()
    for opening, own in _waiting(engine, records).items():
        try:
            answer = await engine.patiently(
                lambda opening=opening: engine.session.call(  # type: ignore[misc]
                    lambda token: engine.transport.accepted(opening, token)
                )
            )
        except ServerProblem as problem:
            if problem.status not in REFUSALS:
                raise
            continue
        if accepted_hash(opening, answer.receipts) != engine.roster.openings[opening].accepted:
            programme = engine.identity.programme
            raise ServerFault(programme, "the server shows another list of reports than the period was closed with")
        account, listed = engine.identity.account, frozenset(answer.receipts)
        counted = {one.record for one in own if receipt(opening, account, one.record) in listed}
        for one in own:
            if one.outcome not in FINAL:
                settle(engine, opening, one.record, COUNTED if one.record in counted else LEFT_OUT)
        if not counted:
            notes.append(_told(engine, opening))
    return notes


def _waiting(engine: Engine, records: Records) -> dict[bytes, list[Reported]]:
    """All reports to each closed period of which it is not known yet whether they count."""
    roster, today = engine.roster, engine.writer.day()
    found: dict[bytes, list[Reported]] = {}
    for one in reported(records.view, engine.vault.read()):
        made = roster.openings.get(one.opening)
        if made is not None and made.closed is not None and today <= days_of(roster, made)[-1] + KEPT:
            found.setdefault(one.opening, []).append(one)
    return {id_: own for id_, own in found.items() if any(one.outcome not in FINAL for one in own)}


def _told(engine: Engine, opening: bytes) -> str:
    made = engine.roster.openings[opening]
    later = "" if engine.roster.tasks[made.task].once else ": what it counts is counted next time"
    until = calendar_day(days_of(engine.roster, made)[-1])
    return f"this account's report for the period to {until} is not in the total{later}"
