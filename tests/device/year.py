"""A year of one account, day by day: every phone flushes daily. `python -m tests.device.year [PHONES [DAYS]]` prints it."""

import asyncio
import sqlite3
import sys
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from crypto.secret.body import RUNGS
from device.checkins import check_in
from device.phone import Phone
from device.repacking import decide
from schemas.records import Fields
from sync.device.repack import rung
from sync.log import Header
from sync.space import SEALED
from tests.device.contacts import CONTACT
from tests.support.hall import Hall

FLUSH = RUNGS[0]
"""Bytes of a daily flush: all that a day says fits the lowest rung."""
WHOLE: Fields = CONTACT | {
    "shift_band": "night",
    "initiation": "colleague_referral",
    "visit_number": "first",
    "role_group": "nursing",
    "unit_group": "critical_care",
    "people_band": "2_4",
    "zone_before": "orange",
    "zone_after": "yellow",
    "actions": ["listened", "safety_comfort", "social_support_link"],
}
"""A contact of which every second question was answered."""


class Stored(NamedTuple):
    """Bytes at the server of one space: sealed bodies that stand, those that wait to be erased, what a repack of all
    that stands would take, and what stays for ever (headers, signatures, leaves, heads, `erase` bodies). `bodies`,
    `entries`: how many sealed bodies stand, and how many entries there ever were.
    """

    day: int
    standing: int
    waiting: int
    live: int
    chain: int
    bodies: int
    entries: int

    @property
    def sealed(self) -> int:
        return self.standing + self.waiting


class Year:
    """An account's phones in a programme, and what its owner logs, completes, corrects and deletes."""

    def __init__(self, hall: Hall, phones: list[Phone]) -> None:
        self.hall, self.phones, self.day = hall, phones, 0
        self.log = phones[0].engine.writer.personal
        self.written: list[bytes] = []

    @staticmethod
    async def begun(hall: Hall, phones: int) -> "Year":
        lead = await hall.founded()
        first = await hall.joined(lead, "first")
        return Year(hall, [first, *[await hall.linked(first, f"phone-{number}") for number in range(1, phones)]])

    async def live(self, *, away: Collection[Phone] = ()) -> None:
        """One day: four contacts a week, three of them completed later by another phone; a check-in a week, a
        supervision a month; every third week a contact that is found to be wrong is deleted. All phones sync but those
        `away`.
        """
        self.hall.pass_days(1)
        self.day += 1
        day, phones = self.day, self.phones
        phone, other = phones[day % len(phones)], phones[(day + 1) % len(phones)]
        if day % 7 in (0, 2, 3, 5):
            self.written.append(phone.records.log("contact", CONTACT | {"shift_band": "day"}))
        if day % 7 in (1, 4, 6) and day > 10:
            other.records.edit(self.written[-3], {name: WHOLE[name] for name in WHOLE.keys() - CONTACT.keys()})
        if day % 7 == 6:
            check_in(phone.records, "stress_continuum", {"zone": 1})
        if day % 21 == 20:
            other.records.delete(self.written.pop(-7))
        for each in phones:
            if each not in away:
                await each.sync()
        self.hall.app.state.services.erase_due()

    def stored(self) -> Stored:
        with closing(sqlite3.connect(self.hall.settings.database_path)) as connection:
            rows = connection.execute(
                "SELECT position, header, LENGTH(header) + LENGTH(signature) + LENGTH(leaf) + LENGTH(head), LENGTH(body)"
                " FROM entries WHERE log = ?",
                (self.log,),
            ).fetchall()
            named = {
                row[0] for row in connection.execute("SELECT position FROM erasures WHERE log = ?", (self.log,))
            }
        sealed = {at: size for at, raw, _, size in rows if size and Header.decode(raw).kind == SEALED}
        waiting = sum(size for at, size in sealed.items() if at in named)
        clear = sum(size for at, _, _, size in rows if size and at not in sealed)
        chain = sum(row[2] for row in rows) + clear
        standing = sum(sealed.values()) - waiting
        bodies = len(sealed.keys() - named)
        return Stored(self.day, standing, waiting, live(self.phones[0]), chain, bodies, len(rows))


def live(phone: Phone) -> int:
    """Bytes that a repack of all that stands would take."""
    plan = decide(phone.engine, phone.engine.writer.personal, at_once=True)
    return 0 if plan is None else sum(rung(plaintext) for plaintext in plan.plaintexts)


async def main(phones: int, days: int) -> None:
    print("day, KB: standing + waiting = sealed, live, (sealed - flushes of 14 days) / live; for ever; bodies, entries")
    with TemporaryDirectory() as made:
        async with Hall(Path(made)) as hall:
            year = await Year.begun(hall, phones)
            for _ in range(days):
                await year.live()
                if year.day % 7 == 0:
                    print(line(year.stored(), phones))


def line(one: Stored, phones: int) -> str:
    beside = one.sealed - 14 * phones * FLUSH
    sizes = [f"{size / 1024:7.0f}" for size in (one.standing, one.waiting, one.sealed, one.live)]
    return f"{one.day:4} {''.join(sizes)} {beside / max(1, one.live):6.2f} {one.chain / 1024:7.0f} {one.bodies:5} {one.entries:6}"


if __name__ == "__main__":
    asyncio.run(main(*[int(argument) for argument in [*sys.argv[1:], *("2", "365")[len(sys.argv) - 1 :]]]))
