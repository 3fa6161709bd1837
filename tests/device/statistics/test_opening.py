"""Offers and openings, by a phone that dies at every step."""

from dataclasses import replace

from device.phone import Phone
from tests.device.statistics.programme import DECEMBER, Programme


async def test_offers_and_openings_survive_a_phone_that_dies_at_every_step(early: Programme) -> None:
    programme = early
    programme.task = replace(programme.task, bound=2)
    task = b""

    async def opens(lead: Phone) -> None:
        nonlocal task
        await lead.sync()
        task = await lead.statistics.define(programme.task)
        if not [one for one in lead.engine.roster.openings.values() if one.task == task]:
            await lead.statistics.open(task, DECEMBER)
        await lead.sync()

    await programme.dies_at_every_step(0, opens)
    (id_,) = [id_ for id_, one in programme.lead.engine.roster.openings.items() if one.task == task]
    services = programme.hall.app.state.services
    assert id_ in [opening for _, opening in services.mailbox.openings()]
