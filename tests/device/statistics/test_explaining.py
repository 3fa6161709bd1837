"""What a supporter sees of an opening: who counts, who is new and who invited them, who holds the third share."""

from datetime import date

from device.directory import configure
from device.statistics.explaining import card_of, who_counts
from schemas.period import number_of
from schemas.records import preset
from schemas.tables.ready import ready
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


async def test_where_supporters_stand_is_told_and_the_programme_s_requirements_count(early: Programme) -> None:
    """A real opening of a quarter: each phone says what its own records and the shared settings make of it."""
    programme, lead = early, early.lead
    configure(lead.records, preset("you_matter"))
    trained = await lead.statistics.define(ready()["trained"].task("month", 2))
    quarter = await lead.statistics.open(trained, number_of("quarter", date(2024, 12, 1)))
    done, begun, nobody = programme.phones[1:4]
    await programme.everybody_syncs()
    done.records.log("training", {"course": "basic_support", "completed": "2024-02-01", "hours_half_steps": 8})
    begun.records.log("training", {"course": "refresher", "completed": "2024-11-04"})
    cells = []
    for phone in (done, begun, nobody):
        (shown,) = (one for one in phone.statistics.upcoming() if one.opening == quarter)
        assert "Where you stand on the last day" in shown.card.counted
        cells.append(shown.cells)
    assert cells == [(("Trained", 1),), (("Training begun", 1),), (("None", 1),)]
