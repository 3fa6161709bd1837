"""A year of two phones: the space stays small, and a fresh phone that reads only what remains shows everything."""

import sqlite3
from contextlib import closing

from device.checkins import check_in
from device.phone import Phone
from device.repacking import decide
from schemas.records import Fields
from sync.device.repack import SLACK, rung
from tests.device.contacts import CONTACT, logged
from tests.support.hall import Hall

BODIES = "SELECT COUNT(*), SUM(LENGTH(body)) FROM entries WHERE log = ?"
WAITING = f"{BODIES} AND position NOT IN (SELECT position FROM erasures WHERE erasures.log = entries.log)"


def stored(hall: Hall, log: bytes, sql: str = BODIES) -> tuple[int, int]:
    with closing(sqlite3.connect(hall.settings.database_path)) as connection:
        number, size = connection.execute(sql, (log,)).fetchone()
        return number, size


async def test_the_space_after_a_year(hall: Hall) -> None:
    """365 days; four contacts a week, one of them edited later by the other phone, and a check-in; contacts are kept
    for the policy's 180 days. Each phone syncs once a week, not daily: a seventh of the flushes, and of the time.
    """
    lead = await hall.founded()
    ada = await hall.joined(lead, "ada")
    second = await hall.linked(ada, "second")
    log, written = ada.engine.writer.personal, list[bytes]()
    for day in range(365):
        hall.pass_days(1)
        phone, other = (ada, second) if day % 2 else (second, ada)
        if day % 7 in (0, 2, 3, 5):
            written.append(phone.records.log("contact", CONTACT))
        if day % 7 == 6:
            check_in(phone.records, "stress_continuum", {"zone": 1})
        if day % 7 == 1 and day > 21:
            other.records.edit(written[-12], {"disposition": "warm_handoff"})
        if day % 7 in (0, 4):
            await (ada if day % 7 else second).sync()
        hall.app.state.services.erase_due()
    for phone in (ada, second, ada):
        await phone.sync()
    live = repacked(ada)
    entries, everything = stored(hall, log)
    _, standing = stored(hall, log, WAITING)
    # What a repack has replaced stays for two weeks more, so that any phone may object.
    assert standing <= max(2 * live, live + SLACK) + 4 * 4096
    assert everything < entries * 4096 / 2
    hall.pass_days(15)
    hall.app.state.services.erase_due()
    _, everything = stored(hall, log)
    assert everything <= max(2 * live, live + SLACK) + 4 * 4096
    fresh = await hall.linked(ada, "fresh")
    assert logged(fresh) == logged(ada) == logged(second)
    assert 100 <= len(logged(fresh)) <= 106
    assert shown(fresh) == shown(ada)
    assert (fresh.notes(), ada.notes()) == ([], [])


def repacked(phone: Phone) -> int:
    """Bytes that a repack of all that stands would take."""
    plan = decide(phone.engine, phone.engine.writer.personal, at_once=True)
    assert plan is not None
    return sum(rung(plaintext) for plaintext in plan.plaintexts)


def shown(phone: Phone) -> list[tuple[bytes, Fields, object]]:
    """Everything in the personal space, check-ins too, with conflicts."""
    return [(record.id, record.fields, record.conflicts) for record in phone.records.list()]
