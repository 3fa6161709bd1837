"""Statistics as the owner of a phone meets them: as a supporter, as an aggregator, as a lead."""

from collections.abc import Sequence

from device.engine import Engine
from device.records import Records
from device.refusals import REFUSALS
from device.statistics import aggregating, explaining, opening, receipts, releasing, reported, reporting
from device.statistics.aggregating import Progress, Standing
from device.statistics.explaining import Sent, Upcoming
from device.statistics.keys import KeyLost, destroy_unused
from device.statistics.releasing import PeriodStatus
from device.transport import Malformed, ServerProblem
from schemas.period import number_of
from schemas.records import Sentence
from schemas.task import Task
from stats.release import Release
from sync.device.replica import ServerFault


def _silent(_done: int, _all: int) -> None:
    """No progress is shown."""


class Desk:
    """What one phone does about statistics. Everything that talks to the server raises as `Engine.sync`, too."""

    def __init__(self, engine: Engine, records: Records) -> None:
        self.engine = engine
        self.records = records

    # The supporter

    def upcoming(self, lang: str = "en") -> list[Upcoming]:
        """Tables to which this account will report, with what the report would say now."""
        return explaining.upcoming(self.engine, self.records, lang)

    def sent(self, lang: str = "en") -> list[Sent]:
        """Reports that were made, with all that they say."""
        return explaining.sent(self.engine, self.records, lang)

    @property
    def wellbeing(self) -> bool:
        """Whether check-ins are counted, from the day on which the owner said so; else the phone says none."""
        return reported.counted_since(self.records.view) is not None

    def set_wellbeing(self, *, on: bool) -> None:
        with self.engine.vault.write() as connection:
            reported.set_wellbeing(connection, self.records.view, self.records.today(), on=on)

    # The lead

    async def define(self, task: Task) -> bytes:
        """State a table; its id. See `opening.define`."""
        return await opening.define(self.engine, task)

    async def offer(self, task: bytes, period: int) -> bytes:
        """Offer to take shares on this device; the offer's id. See `opening.offer`."""
        return await opening.offer(self.engine, task, period)

    async def open(self, task: bytes, period: int, second: bytes | None = None) -> bytes:
        """Open a period; the opening's id. See `opening.open_period`."""
        return await opening.open_period(self.engine, task, period, second)

    async def aggregate(self, opening_id: bytes, progress: Progress = _silent) -> Standing:
        """Verify this device's shares. See `aggregating.aggregate`."""
        return await aggregating.aggregate(self.engine, opening_id, progress)

    async def close(self, opening_id: bytes, progress: Progress = _silent) -> int:
        """Close a period with the reports that were accepted; how many. See `releasing.close`."""
        return await releasing.close(self.engine, opening_id, progress)

    async def release(self, opening_id: bytes) -> Release:
        """The table of a closed period, once all aggregators have sent their sums. See `releasing.release`."""
        return await releasing.release(self.engine, opening_id)

    def releases(self) -> list[Release]:
        """Released tables, as the leads' space has them."""
        return releasing.releases(self.engine)

    def statuses(self) -> list[PeriodStatus]:
        """All openings, the earliest first."""
        return releasing.statuses(self.engine)

    # The second aggregator

    async def become_aggregator(self, *, on: bool) -> None:
        """See `opening.become_aggregator`."""
        await opening.become_aggregator(self.engine, on=on)

    async def serve(self, progress: Progress = _silent) -> list[str]:
        """All that an aggregator account's device has to do now: offer, verify, send its sums. Returns sentences.

        Raises a ServerFault or a refusal, as `aggregate` and `send_total`, when all that it does not concern is done.
        """
        engine, notes, faults = self.engine, list[str](), list[ServerFault | ServerProblem]()
        roster = engine.roster
        if engine.identity.account in roster.aggregators:
            for task, period in self._to_offer():
                await self.offer(task, period)
                notes.append(f"offered to take shares of a table ({task.hex()[:8]}), period {period}")
        for id_ in self._served():
            closed = engine.roster.openings[id_].closed is not None
            try:
                if closed:
                    await releasing.send_total(engine, id_)
                    notes.append(f"sent the sum of a closed period ({id_.hex()[:8]})")
                else:
                    found = await self.aggregate(id_, progress)
                    notes.append(f"verified {found.reports} reports of an open period ({id_.hex()[:8]})")
            except KeyLost as lost:
                notes.append(str(lost))
            except ServerFault as fault:
                # A lead alone can close one period with a false list: the tables of others must not wait for it.
                faults.append(fault)
            except ServerProblem as problem:
                if problem.name == "not-yet":
                    notes.append(f"the lead's phone has not handed over the key of a period yet ({id_.hex()[:8]})")
                elif problem.status in REFUSALS:
                    # Of a period whose reports a restored server has lost, say: for good.
                    faults.append(problem)
                else:
                    raise
        if faults:
            raise faults[0]
        return notes

    def _to_offer(self) -> Sequence[tuple[bytes, int]]:
        """Three-share tables, for the present period and the next, that have no offer of this device yet."""
        engine, today = self.engine, reporting.date_of(self.engine)
        roster, device = engine.roster, engine.identity.device
        made = {
            (one.task, one.period)
            for one in roster.offers.values()
            # After an opening that was replaced, the one that takes its place needs a new offer.
            if one.device == device and (not one.opening or roster.openings[one.opening].ended is None)
        }
        wanted = [
            (id_, number_of(task.period_kind, today) + ahead)
            for id_, task in roster.tasks.items()
            if task.shares == 3
            for ahead in (0, 1)
        ]
        return [each for each in wanted if each not in made]

    def _served(self) -> list[bytes]:
        """Openings whose second share is this device's, as long as it holds their key; the earliest first."""
        engine = self.engine
        roster, device, connection = engine.roster, engine.identity.device, engine.vault.read()
        found = [
            (made.position, id_)
            for id_, made in roster.openings.items()
            if made.ended is None
            and made.offers[1:]
            and roster.offers[made.offers[1]].device == device
            and aggregating.holds_key(connection, roster, made)
        ]
        return [id_ for _, id_ in sorted(found)]


async def keep_up(engine: Engine, records: Records) -> list[str]:
    """After each sync: hand out verify keys that were not, report what is due, destroy what nobody needs any more.

    Returns sentences. A fault of the server about statistics stops statistics, and nothing else.
    """
    if engine.writer.silenced:
        return []
    try:
        for id_ in opening.to_hand_out(engine):
            await opening.hand_out(engine, id_)
        # A closed period first: what it left out counts in a report that is due now.
        notes = await receipts.look(engine, records)
        notes += await reporting.report_due(engine, records)
    except (ServerFault, Malformed) as fault:
        return [Sentence("note_statistics_fault", fault=str(fault))]
    except ServerProblem as problem:
        if problem.status not in REFUSALS:
            raise
        return [Sentence("note_statistics_refused", problem=problem.known)]
    destroy_unused(engine.vault, engine.roster)
    return notes
