"""What a supporter sees of an opening: who counts, who is new and who invited them, who holds the third share."""

from datetime import date

from device.statistics.explaining import card_of, who_counts
from tests.device.statistics.programme import DECEMBER, Programme


async def test_new_accounts_are_named_with_those_who_invited_them(early: Programme) -> None:
    programme, lead = early, early.lead
    (shown,) = lead.statistics.upcoming()
    assert "Nothing was counted before, so all are new: 8 invited by lead" in shown.card.people
    newcomer = await programme.hall.joined(lead, "Newcomer")
    programme.go_to(date(2024, 12, 10))
    await lead.sync()
    second = await lead.statistics.open(programme.task_id, DECEMBER + 1)
    assert "10 accounts count, 1 of them new: Newcomer (invited by lead)." in card_of(lead.engine, second).people
    await newcomer.sync()
    # Only a lead reads names; an account that joined after an opening does not count for it.
    assert newcomer.engine.identity.account.hex()[:8] in card_of(newcomer.engine, second).people
    assert [one.opening for one in newcomer.statistics.upcoming()] == [second]
    roster = lead.engine.roster
    assert newcomer.engine.identity.account not in who_counts(roster, roster.openings[programme.opening])


async def test_the_holder_of_the_third_share_is_named(shared: Programme) -> None:
    assert "member 0" in card_of(shared.lead.engine, shared.opening).readers
    assert "in three" in card_of(shared.second.engine, shared.opening).readers
