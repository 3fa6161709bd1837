"""A whole period over a real server: reports, two or three aggregators, the release."""

from tests.device.statistics.programme import DECEMBER, Programme


async def test_two_shares_from_reports_to_release(reported: Programme) -> None:
    programme, lead = reported, reported.lead
    standing = await lead.statistics.aggregate(programme.opening)
    assert (standing.reports, standing.decided, standing.accepted) == (9, 9, 9)
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected, released.to_fields()["noises"]) == (9, 0, 1)
    assert programme.exact() == programme.truth


async def test_three_shares_from_reports_to_release(shared: Programme) -> None:
    programme, lead = shared, shared.lead
    await programme.aggregate()
    programme.go_past(DECEMBER, 22)
    assert await programme.close() == 9
    released = await lead.statistics.release(programme.opening)
    assert (released.reports, released.rejected, released.to_fields()["noises"]) == (9, 0, 2)
    assert programme.exact() == programme.truth
