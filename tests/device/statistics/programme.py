"""A programme of nine whose phones report: a period of December, opened in November, over a real server."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from device.outbox import Rows
from device.phone import Phone
from device.statistics import keys
from schemas.period import days_of, number_of
from schemas.records import Fields
from schemas.task import Axis, Task
from stats.noise import noise
from sync import statistics
from sync.report import accepted_hash, receipt
from tests.device.contacts import CONTACT
from tests.support.crash import Crash, Crasher
from tests.support.evil import Evil
from tests.support.hall import Hall

KINDS = ("group", "leader_consult", "one_to_one")
DECEMBER = number_of("month", date(2024, 12, 1))
MEMBERS = 8


def table(shares: int = 2, bound: int = 3) -> Task:
    """Contacts by kind, in three cells."""
    return Task("contact", (Axis("contact_kind", KINDS),), "contact", bound, 100, 8, "month", shares)


@dataclass
class Programme:
    """`phones`: of nine accounts, the lead's first; the second is also the second aggregator's, if there is one, and
    `noise_key` the key of its noise.
    """

    hall: Hall
    phones: list[Phone]
    task: Task
    task_id: bytes = b""
    opening: bytes = b""
    noise_key: bytes = b""
    truth: list[int] = field(default_factory=lambda: [0, 0, 0])

    @property
    def lead(self) -> Phone:
        return self.phones[0]

    @property
    def second(self) -> Phone:
        return self.phones[1]

    def go_to(self, day: date) -> None:
        self.hall.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()

    def go_past(self, period: int, days: int) -> None:
        """Noon, so many days after the period's last one."""
        self.hall.now = (days_of("month", period)[-1] + days) * 86_400 + 43_200.0

    def log(self, phone: Phone, kind: str, **fields: object) -> bytes:
        """A contact of today, which is counted."""
        self.truth[KINDS.index(kind)] += 1
        return self.contact(phone, kind, **fields)

    def contact(self, phone: Phone, kind: str, **fields: object) -> bytes:
        return phone.records.log("contact", contact_of(kind, **fields))

    async def open(self, period: int = DECEMBER) -> bytes:
        """Whoever has a share offers; the lead opens; everybody hears of it."""
        if self.task.shares == 3:
            await self.second.sync()
            await self.second.statistics.serve()
        self.opening = await self.lead.statistics.open(self.task_id, period)
        self.note_noise_key()
        await self.everybody_syncs()
        return self.opening

    def note_noise_key(self) -> None:
        """Before the phone that has it destroys it."""
        roster = self.lead.engine.roster
        for one in roster.openings[self.opening].offers[1:]:
            self.noise_key = keys.noise_key(self.second.vault.read(), roster.offers[one].hpke_hash) or b""

    async def everybody_syncs(self, but: Sequence[Phone] = ()) -> list[str]:
        notes = list[str]()
        for phone in self.phones:
            if phone not in but:
                notes += (await phone.sync()).notes
        return notes

    async def aggregate(self) -> None:
        """The second aggregator first: with the lead's shares the server decides."""
        if self.task.shares == 3:
            await self.second.sync()
            await self.second.statistics.serve()
        await self.lead.sync()
        await self.lead.statistics.aggregate(self.opening)

    async def close(self) -> int:
        closed = await self.lead.statistics.close(self.opening)
        if self.task.shares == 3:
            await self.second.sync()
            await self.second.statistics.serve()
        return closed

    async def ends_exactly(self) -> None:
        """From reports to an honest release: nothing of what was tried before has left a trace."""
        await self.aggregate()
        self.go_past(DECEMBER, 22)
        assert await self.close() == 9
        await self.lead.statistics.release(self.opening)
        assert self.exact() == self.truth

    def exact(self) -> list[int]:
        """The released cells without the noise of the server and, of three shares, of the second aggregator."""
        (released,) = self.lead.statistics.releases()
        held = {0: self.hall.app.state.services.mailbox.noise_key}
        if self.task.shares == 3:
            held[2] = self.noise_key
        added = (self.drawn(index, key) for index, key in held.items())
        return [cell - sum(more) for cell, *more in zip(released.cells, *added, strict=True)]

    def drawn(self, index: int, key: bytes) -> list[int]:
        """What an aggregator adds to the period, once it is closed."""
        closed = self.lead.engine.roster.openings[self.opening].closed
        assert closed is not None
        return noise(key, closed, index, self.task.cells, self.task.scale)

    @property
    def evil(self) -> Evil:
        return Evil(self.hall, self.lead.engine.identity.programme)

    async def dies_at_every_step(self, index: int, act: Callable[[Phone], Awaitable[object]]) -> int:
        """`act` of one phone, which in each life dies a step later than before; the number of its lives."""
        crasher = Crasher(self.hall, self.phones[index])
        while True:
            crasher.steps, crasher.at = 0, crasher.at + 1
            try:
                with crasher.watching():
                    await act(self.phones[index])
                break
            except Crash:
                self.hall.wire.be_honest()
                self.phones[index] = await self.hall.reopen(self.phones[index])
        crasher.check_numbers()
        return crasher.at


def accepted_by(phone: Phone, opening: bytes) -> dict[bytes, bytes]:
    """Account -> nonce of the reports that an aggregator device accepted."""
    query = "SELECT account, nonce FROM verified WHERE opening = ? AND accepted = 1 ORDER BY account"
    return dict(phone.vault.read().execute(query, (opening,)).fetchall())


async def closed_with(lead: Phone, opening: bytes, chosen: dict[bytes, bytes]) -> None:
    """A lead who leaves out whom they like. `chosen`: account -> nonce of the report."""
    hash_ = accepted_hash(opening, [receipt(opening, account, nonce) for account, nonce in chosen.items()])

    async def decide(_: Any) -> Any:
        return statistics.ClosePeriod(lead.engine.writer.day(), opening, hash_), Rows()

    await lead.engine.publish(decide)


def contact_of(kind: str, **fields: object) -> Fields:
    made = {**CONTACT, "contact_kind": kind, **fields}
    if kind == "group":
        made.setdefault("people_band", "2_4")
    return made


async def founded(hall: Hall, task: Task | None = None) -> Programme:
    """Nine accounts, a table, and in November the openings of December."""
    lead = await hall.founded()
    phones = [lead] + [await hall.joined(lead, f"member {number}") for number in range(MEMBERS)]
    made = Programme(hall, phones, task or table())
    made.go_to(date(2024, 11, 5))
    await made.everybody_syncs()
    if made.task.shares == 3:
        await made.second.statistics.become_aggregator(on=True)
    made.task_id = await lead.statistics.define(made.task)
    await made.open()
    return made


async def built(folder: Path, task: Task, *, reported: bool) -> None:
    """The files of such a programme. `reported`: three contacts were logged in December, and all reports sent."""
    async with Hall(folder) as hall:
        made = await founded(hall, task)
        if reported:
            made.go_to(date(2024, 12, 10))
            made.log(made.phones[2], "one_to_one")
            made.log(made.phones[2], "group")
            made.log(made.phones[8], "one_to_one")
            await made.everybody_syncs()
            made.go_past(DECEMBER, 15)
            assert await made.everybody_syncs() == []


def opened(hall: Hall, task: Task, *, reported: bool) -> Programme:
    """What `built` left in the folder of `hall`."""
    phones = [hall.open_phone(name) for name in ("lead", *(f"member {number}" for number in range(MEMBERS)))]
    made = Programme(hall, phones, task)
    made.task_id, (opening, *_) = next(iter(phones[0].engine.roster.tasks)), phones[0].engine.roster.openings
    made.opening = opening
    made.note_noise_key()
    if reported:
        made.truth = [1, 0, 2]
        made.go_past(DECEMBER, 15)
    else:
        made.go_to(date(2024, 11, 5))
    return made
