"""Keys of periods: one for each offer, made once, destroyed when nobody needs them any more."""

import os

from device.statistics import keys
from sync.state import Opening
from tests.device.statistics.programme import DECEMBER, Programme


def held(programme: Programme) -> int:
    (number,) = programme.lead.vault.read().execute("SELECT count(*) FROM offer_keys").fetchone()
    return int(number)


async def test_a_key_that_no_statement_names_yet_is_taken_again(early: Programme) -> None:
    vault, roster = early.lead.vault, early.lead.engine.roster
    with vault.write() as connection:
        first = keys.new_offer_key(connection, roster, early.task_id, DECEMBER + 1, os.urandom)
        again = keys.new_offer_key(connection, roster, early.task_id, DECEMBER + 1, os.urandom)
        other = keys.new_offer_key(connection, roster, early.task_id, DECEMBER + 2, os.urandom)
    assert first.hash == again.hash != other.hash


async def test_an_offer_that_no_opening_took_in_time_loses_its_key(early: Programme) -> None:
    programme, lead = early, early.lead
    await lead.statistics.offer(programme.task_id, DECEMBER + 1)
    await lead.statistics.offer(programme.task_id, DECEMBER + 1)
    assert held(programme) == 2
    programme.go_past(DECEMBER + 1, 9)
    await lead.link()
    await lead.sync()
    assert held(programme) == 1


async def test_a_verify_key_is_found_by_its_commitment_alone(early: Programme) -> None:
    vault, opening = early.lead.vault, early.lead.engine.roster.openings[early.opening]
    assert keys.verify_key(vault.read(), opening) is not None
    assert keys.is_handed(vault.read(), opening)
    other = Opening(opening.task, opening.period, opening.offers, bytes(32), opening.position)
    assert keys.verify_key(vault.read(), other) is None
    assert not keys.is_handed(vault.read(), other)
