"""A year of one account, day by day: every phone flushes daily.

`python -m tests.device.year [PHONES [DAYS [TIMES]]]` prints what the server holds, with TIMES as many contacts.
"""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from crypto.secret.body import RUNGS
from device.checkins import check_in
from device.phone import Phone
from device.reauthoring import record_states
from schemas.records import Fields
from sync.device.repack import items_of, piece, repack, rung, sizes_of
from sync.erasure import DELAY
from sync.log import Header
from sync.space import SEALED
from tests.device.contacts import CONTACT
from tests.support.hall import Hall

FLUSH = RUNGS[0]
"""Bytes of a daily flush: what a day says fits the lowest rung."""
QUICK: Fields = {**CONTACT, "shift_band": "night"}
COMPLETED: Fields = {
    "initiation": "colleague_referral",
    "visit_number": "first",
    "role_group": "nursing",
    "unit_group": "critical_care",
    "people_band": "2_4",
    "zone_before": "orange",
    "zone_after": "yellow",
    "actions": ["listened", "safety_comfort", "social_support_link"],
}
ENTRIES = """
    SELECT position, header, LENGTH(header) + LENGTH(signature) + LENGTH(leaf) + LENGTH(head), LENGTH(body)
    FROM entries WHERE log = ?
"""


class Stored(NamedTuple):
    """Bytes at the server of one space. `standing`: sealed bodies that no erasure names; `waiting`: those that one
    does, still there; `live`: what a repack of all that stands would take; `stays`: headers, signatures, leaves, heads
    and `erase` bodies, which are never erased. `bodies`: how many stand; `entries`: how many there ever were.
    """

    day: int
    standing: int
    waiting: int
    live: int
    stays: int
    bodies: int
    entries: int

    @property
    def sealed(self) -> int:
        return self.standing + self.waiting


class Year:
    """An account's phones in a programme, and what its owner logs, completes, corrects and deletes."""

    def __init__(self, hall: Hall, phones: list[Phone], times: int = 1) -> None:
        self.hall, self.phones, self.times, self.day = hall, phones, times, 0
        self.log = phones[0].engine.writer.personal
        self.written: list[bytes] = []

    @staticmethod
    async def begun(hall: Hall, phones: int, times: int = 1) -> "Year":
        lead = await hall.founded()
        first = await hall.joined(lead, "first")
        return Year(hall, [first, *[await hall.linked(first, f"phone-{number}") for number in range(1, phones)]], times)

    async def live(self, *, work: int = 1) -> None:
        """One day: four contacts a week, three of them completed later by another phone; a check-in a week; every third
        week a contact is deleted that should not have been logged. Contacts are kept for the policy's 180 days.

        All phones flush and pull. `work`: every how many days a phone also does the daily work (checks of erasures,
        retention, repacking); another one on each of these days.
        """
        self.hall.pass_days(1)
        self.day += 1
        day, times = self.day, self.times
        phone, other = self.phones[day % len(self.phones)], self.phones[(day + 1) % len(self.phones)]
        if day % 7 in (0, 2, 3, 5):
            self.written += [phone.records.log("contact", QUICK) for _ in range(times)]
        if day % 7 in (1, 4, 6) and day > 10:
            for record in self.written[-4 * times : -3 * times]:
                other.records.edit(record, COMPLETED)
        if day % 7 == 6:
            check_in(phone.records, "stress_continuum", {"zone": 1})
        if day % 21 == 20:
            other.records.delete(self.written.pop(-7))
        for number, each in enumerate(self.phones):
            await (each.sync() if (day + number) % work == 0 else each.engine.sync())
        self.hall.app.state.services.erase_due()

    def stored(self) -> Stored:
        with closing(sqlite3.connect(self.hall.settings.database_path)) as connection:
            rows = connection.execute(ENTRIES, (self.log,)).fetchall()
            marked = connection.execute("SELECT position FROM erasures WHERE log = ?", (self.log,)).fetchall()
        named = {position for (position,) in marked}
        sealed = {at: size for at, raw, _, size in rows if size and Header.decode(raw).kind == SEALED}
        waiting = sum(size for at, size in sealed.items() if at in named)
        clear = sum(size for at, _, _, size in rows if size and at not in sealed)
        return Stored(
            day=self.day,
            standing=sum(sealed.values()) - waiting,
            waiting=waiting,
            live=live(self.phones[0]),
            stays=sum(row[2] for row in rows) + clear,
            bodies=len(sealed.keys() - named),
            entries=len(rows),
        )

    def flushed(self, days: int = DELAY) -> int:
        """Bytes of the flushes of the last `days`; what an erasure names stays for DELAY."""
        return len(self.phones) * min(self.day, days) * FLUSH


def live(phone: Phone) -> int:
    """Bytes that a repack of all that stands would take."""
    items = items_of(record_states(phone.vault.read(), phone.engine.writer.personal))
    return sum(rung(plaintext) for plaintext in repack(items, 0, piece(sum(sizes_of(items)))))


async def main(phones: int = 2, days: int = 365, times: int = 1) -> None:
    heads = ("day", "standing", "waiting", "sealed", "live", "flushed", "stays", "bodies", "entries", "sealed/live")
    sys.stdout.write("".join(f"{head:>9}" for head in heads) + "\n")
    with TemporaryDirectory() as made:
        async with Hall(Path(made)) as hall:
            year = await Year.begun(hall, phones, times)
            for _ in range(days):
                await year.live()
                if year.day % 7 == 0:
                    sys.stdout.write(line(year.stored(), year.flushed()) + "\n")


def line(one: Stored, flushed: int) -> str:
    """Sizes in KiB; `flushed`: by all phones in two weeks."""
    sizes = (one.standing, one.waiting, one.sealed, one.live, flushed, one.stays)
    cells = (
        one.day,
        *(size // 1024 for size in sizes),
        one.bodies,
        one.entries,
        f"{one.sealed / max(1, one.live):.2f}",
    )
    return "".join(f"{cell:>9}" for cell in cells)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
