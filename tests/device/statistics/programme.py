"""A programme of nine whose phones report: a period of December, opened in November, over a real server."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from device.phone import Phone
from device.statistics import keys
from schemas.period import days_of, number_of
from schemas.records import Fields
from schemas.task import Axis, Task
from tests.device.contacts import CONTACT
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
