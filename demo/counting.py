"""The lead pulls the programme's numbers: two months of three tables, and a quarter of wellbeing.

January has two shares. From February on a supporter, who is no lead, holds a third one and adds noise of their own: an
account may do that 28 days after it joined.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from api.keyfile import noise_key
from demo.cast import Supporter
from demo.claims import must
from demo.truth import true_totals
from device.phone import Phone
from device.statistics import keys
from device.statistics.reported import COUNTED, TAKEN, reported
from schemas.period import days_of, number_of
from schemas.tables.ready import plan, ready
from schemas.task import Task
from stats.noise import noise
from stats.release import Release
from sync.report import Submission

if TYPE_CHECKING:
    from demo.story import Story

PRESET = "you_matter"
ACTIVITY = ("contacts", "reasons", "dispositions")
"""Three tables are all that a month allows."""
SECOND_FROM = 28
"""The day of the story on which somebody may become the second aggregator."""
FIRST = date(2026, 1, 5)
REPORTED, CLOSED = 16, 22
"""Days after a period: all phones have had their random moment; reports are taken no more."""
DAY = 86_400
MORNING_HOUR = 8 * 3600


@dataclass(frozen=True)
class Counted:
    """A released table. `truth`: what supporters logged; `told`: what their phones reported, before any noise; `noise`:
    of all that add some.
    """

    name: str
    release: Release
    truth: tuple[int, ...]
    told: tuple[int, ...]
    noise: tuple[int, ...]

    @property
    def late(self) -> int:
        """Contacts that were logged, changed or brought to the reporting phone after its report."""
        return sum(abs(one - other) for one, other in zip(self.truth, self.told, strict=True))


@dataclass
class Counting:
    """`opened`: (table, period, opening), in the order of their release. `before`: the server's files while they held
    reports.
    """

    story: "Story"
    opened: list[tuple[str, int, bytes]] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    before: dict[str, bytes] = field(default_factory=dict)
    second: Supporter | None = None

    async def first_period(self) -> None:
        """The lead states three tables and opens January."""
        await self.story.leader.sync()
        await self._open("month", number_of("month", FIRST), 2, ACTIVITY)

    async def second_period(self) -> None:
        """A supporter becomes the second aggregator; February and the quarter are opened with three shares."""
        story, month = self.story, number_of("month", FIRST) + 1
        leaving = {supporter for day in story.plan.days for supporter in (*day.losses, *day.links)}
        self.second = next(one for number, one in enumerate(story.supporters) if number not in leaving)
        phone = self.second.phones[0]
        await phone.sync()
        await phone.statistics.become_aggregator(on=True)
        quarter = number_of("quarter", FIRST)
        wellbeing = [
            name for name in plan(PRESET).tables("quarter", quarter, large=False) if ready()[name].source == "wellbeing"
        ]
        for name in (*ACTIVITY, *wellbeing):
            await story.leader.statistics.define(ready()[name].task("month", 3))
        await phone.sync()
        await phone.statistics.serve()
        await self._open("month", month, 3, ACTIVITY)
        await self._open("quarter", quarter, 3, wellbeing)

    async def _open(self, kind: str, period: int, shares: int, names: "tuple[str, ...] | list[str]") -> None:
        desk = self.story.leader.statistics
        for name in names:
            task = ready()[name].task("month", shares)
            must(task.period_kind == kind, "a table is opened for a period of its own kind")
            self.opened.append((name, period, await desk.open(await desk.define(task), period)))

    async def finish(self) -> None:
        """Period after period: all phones report, the aggregators verify, the lead closes and takes the release."""
        must(self.second, f"somebody is there for {SECOND_FROM} days and may hold a third share")
        with self.story.screen.phase("periods reported, verified, released", len(self.opened)) as phase:
            for last in sorted({self._last_day(opening) for _, _, opening in self.opened}):
                now = [each for each in self.opened if self._last_day(each[2]) == last]
                await self._reports(last, [opening for _, _, opening in now])
                if not self.before:
                    self.before = self.story.host.files()
                self._go_to(last + CLOSED)
                for name, period, opening in now:
                    self.counted.append(await self._release(name, period, opening))
                    phase.step()
        self._gone()

    def _last_day(self, opening: bytes) -> int:
        roster = self.story.leader.engine.roster
        made = roster.openings[opening]
        return days_of(roster.tasks[made.task].period_kind, made.period)[-1]

    def _go_to(self, day: int) -> None:
        self.story.clock.set(max(self.story.clock(), float(day * DAY + MORNING_HOUR)))

    async def _reports(self, last: int, openings: list[bytes]) -> None:
        """Most phones have reported as weeks passed; the others do when they are next online."""
        self._go_to(last + REPORTED)
        await self.story.together(
            phones[0].sync() for phones in self._accounts if not set(openings) <= told(phones).keys()
        )
        for phones in self._accounts:
            must(set(openings) <= told(phones).keys(), "every account reports, also with nothing to report")

    @property
    def _accounts(self) -> list[list[Phone]]:
        """The phones of each."""
        return [[self.story.leader], *(supporter.phones for supporter in self.story.supporters)]

    async def _release(self, name: str, period: int, opening: bytes) -> Counted:
        story, lead = self.story, self.story.leader
        task = lead.engine.roster.tasks[lead.engine.roster.openings[opening].task]
        helper = self.second.phones[0] if task.shares == 3 and self.second else None
        if helper:
            await helper.sync()
            await helper.statistics.serve()
        await lead.sync()
        await lead.statistics.aggregate(opening)
        number = await lead.statistics.close(opening)
        # Nobody but the operator has this key; the demonstration plays the operator too.
        noise_keys = {0: noise_key(story.host.settings(story.proxy.address).noise_key_path, _none)}
        if helper:
            # And the second aggregator, whose phone destroys its own when the server has its sum.
            noise_keys[2] = _second_key(helper, opening)
            await helper.sync()
            await helper.statistics.serve()
        release = await lead.statistics.release(opening)
        must((number, release.rejected) == (len(self._accounts), 0), "every account's report is accepted")
        cells = [told(phones)[opening] for phones in self._accounts]
        closed = lead.engine.roster.openings[opening].closed or b""
        added = [noise(key, closed, index, task.cells, task.scale) for index, key in noise_keys.items()]
        return Counted(
            name,
            release,
            true_totals(task, period, (one.ledger for one in story.supporters)),
            tuple(sum(each.get(cell, 0) for each in cells) for cell in range(task.cells)),
            tuple(map(sum, zip(*added, strict=True))),
        )

    def _gone(self) -> None:
        """Reports lay on the server until the release, and are nowhere on it afterwards."""
        sent = [one.request for one in self.story.proxy.exchanges if one.request.startswith(b"POST /v1/reports ")]
        must(sent, "reports travelled")
        shares = {Submission.decode(one.partition(b"\r\n\r\n")[2]).leader[:64] for one in sent}
        must(any(share in held for held in self.before.values() for share in shares), "the server held reports")
        after = self.story.host.files()
        must(not any(share in held for held in after.values() for share in shares), "released reports are destroyed")

    @property
    def tasks(self) -> list[Task]:
        """All tables that the lead defined."""
        return list(self.story.leader.engine.roster.tasks.values())

    def wrong(self) -> list[str]:
        """A sentence for each table that is not what phones reported and the noise, to the last cell."""
        found = []
        for one in self.counted:
            exact = tuple(sum(each) for each in zip(one.told, one.noise, strict=True))
            when = f"{one.name}, {one.release.period}"
            if one.release.cells != exact:
                found.append(f"{when}: the released table is not what phones reported, and its noise")
            if one.late > max(8, sum(one.truth) // 4):
                found.append(f"{when}: {one.late} of {sum(one.truth)} are not what supporters logged")
        return found


def told(phones: list[Phone]) -> dict[bytes, dict[int, int]]:
    """Opening -> the cells of the account's report, as the phone knows it that sent it."""
    made = [one for phone in phones for one in reported(phone.records.view, phone.vault.read())]
    return {one.opening: dict(one.cells) for one in made if one.outcome in (TAKEN, COUNTED)}


def _second_key(phone: Phone, opening: bytes) -> bytes:
    roster = phone.engine.roster
    key = keys.noise_key(phone.vault.read(), roster.offers[roster.openings[opening].offers[1]].hpke_hash)
    must(key, "the second aggregator has its key of the noise until it has sent its sum")
    return key or b""


def _none(_: int) -> bytes:
    raise LookupError("the server has made no key of the noise")
