"""A year of two phones that flush daily: the space stays small, and a fresh phone that reads only what remains shows
everything.
"""

from device.phone import Phone
from schemas.records import Fields
from sync.device.cleaning import SLACK
from sync.erasure import DELAY
from tests.device.contacts import logged
from tests.device.year import FLUSH, Year
from tests.support.hall import Hall


async def test_the_space_stays_small_throughout_a_year(hall: Hall) -> None:
    """All that the server holds of it, bodies that wait to be erased included, against what a repack of all takes."""
    year = await Year.begun(hall, 2)
    for day in range(365):
        await year.live(work=2)
        if day % 3:
            continue
        one = year.stored()
        assert one.sealed <= 2 * one.live + year.flushed(DELAY + 2) + SLACK, one
        assert one.standing <= 2 * one.live + SLACK + len(year.phones) * FLUSH, one
    first, second = year.phones
    for phone in (first, second, first):
        await phone.sync()
    hall.pass_days(DELAY + 1)
    hall.app.state.services.erase_due()
    one = year.stored()
    assert one.waiting == 0
    # One repack and one erasure each week or so, not one for each flush.
    assert one.entries - 2 * 365 <= 160
    assert one.sealed <= 4 * one.live / 3 + SLACK + 3 * FLUSH
    fresh = await hall.linked(first, "fresh")
    assert logged(fresh) == logged(first) == logged(second)
    assert 95 <= len(logged(fresh)) <= 106
    assert shown(fresh) == shown(first)
    assert (fresh.notes(), first.notes()) == ([], [])


def shown(phone: Phone) -> list[tuple[bytes, Fields, object]]:
    """Everything in the personal space, check-ins too, with conflicts."""
    return [(record.id, record.fields, record.conflicts) for record in phone.records.list()]
