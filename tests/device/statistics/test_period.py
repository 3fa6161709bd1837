"""A whole period over a real server: reports, two or three aggregators, the release."""

from stats.noise import noise
from tests.device.statistics.programme import DECEMBER, Programme


def exact(programme: Programme) -> list[int]:
    """The released cells without the server's noise."""
    lead = programme.lead
    opening = lead.engine.roster.openings[programme.opening]
    assert opening.closed is not None
    (released,) = lead.statistics.releases()
    key = programme.hall.app.state.services.mailbox.noise_key
    added = noise(key, opening.closed, 0, programme.task.cells, programme.task.scale)
    return [cell - more for cell, more in zip(released.cells, added, strict=True)]


async def test_two_shares_from_reports_to_release(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    standing = await lead.statistics.aggregate(programme.opening)
    assert (standing.reports, standing.decided, standing.accepted) == (9, 9, 9)
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected, released.noises) == (9, 0, 1)
    assert exact(programme) == programme.truth


async def test_three_shares_from_reports_to_release(shared: Programme) -> None:
    programme, lead = shared, shared.lead
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    released = await lead.statistics.release(programme.opening)
    assert released.reports == 9
    assert exact(programme) == programme.truth
