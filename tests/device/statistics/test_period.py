"""A whole period over a real server: reports, two or three aggregators, the release."""

from stats.noise import noise
from tests.device.statistics.programme import DECEMBER, Programme


def exact(programme: Programme) -> list[int]:
    """The released cells without the noise of the server and, of three shares, of the second aggregator."""
    (released,) = programme.lead.statistics.releases()
    keys = {0: programme.hall.app.state.services.mailbox.noise_key}
    if programme.task.shares == 3:
        keys[2] = programme.noise_key
    added = (drawn(programme, index, key) for index, key in keys.items())
    return [cell - sum(more) for cell, *more in zip(released.cells, *added, strict=True)]


def drawn(programme: Programme, index: int, key: bytes) -> list[int]:
    """What an aggregator adds to the period, once it is closed."""
    closed = programme.lead.engine.roster.openings[programme.opening].closed
    assert closed is not None
    return noise(key, closed, index, programme.task.cells, programme.task.scale)


async def test_two_shares_from_reports_to_release(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    standing = await lead.statistics.aggregate(programme.opening)
    assert (standing.reports, standing.decided, standing.accepted) == (9, 9, 9)
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected, released.to_fields()["noises"]) == (9, 0, 1)
    assert exact(programme) == programme.truth


async def test_three_shares_from_reports_to_release(shared: Programme) -> None:
    programme, lead = shared, shared.lead
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected, released.to_fields()["noises"]) == (9, 0, 2)
    assert exact(programme) == programme.truth
