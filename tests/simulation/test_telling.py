"""Slips in a run: what leads hear, and that a word too many would be noticed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from device.failures import OWN, TOLD
from simulation.schedule import Event
from simulation.telling import nobody_hears_what_nobody_told
from simulation.violation import Violation
from simulation.world import World
from tests.simulation.test_healing import after

LISTED = Event("publish-resource", 0, 1), Event("sync", 0, 1), Event("sync", 2, 1)
TOLD_BY_TWO = *LISTED, Event("fail-a-number", 2, 3), Event("sync", 2, 1)
A_DAY_LATER = Event("days", 0, 1), Event("sync", 2, 1), Event("sync", 0, 1)
ASKED = *TOLD_BY_TWO, *A_DAY_LATER, *A_DAY_LATER


def heard(world: World) -> list[bytes]:
    return [note.id for note in world.handsets[0].phone.records.list(TOLD)]


def test_a_lead_hears_once_what_a_member_noted() -> None:
    async def look(world: World) -> tuple[list[bytes], list[bytes]]:
        nobody_hears_what_nobody_told(world, world.living)
        return heard(world), list(world.ledger.telling.told)

    notes, told = after(ASKED, look)
    assert len(notes) == 1
    assert notes == told


def test_a_lead_who_has_rung_hears_it_no_more() -> None:
    async def look(world: World) -> list[bytes]:
        return heard(world)

    assert after([*ASKED, Event("check-resource", 0, 1), *A_DAY_LATER], look) == []


def another_number(world: World) -> None:
    for id_, note in world.ledger.telling.told.items():
        world.ledger.telling.told[id_] = replace(note, fields={**note.fields, "number": "+1 555 0199"})


@pytest.mark.parametrize("change", [lambda world: world.ledger.telling.told.clear(), another_number])
def test_what_nobody_said_so_is_noticed(change: Callable[[World], None]) -> None:
    async def look(world: World) -> None:
        change(world)
        with pytest.raises(Violation, match="nobody_hears_what_nobody_told"):
            nobody_hears_what_nobody_told(world, world.living)

    after(ASKED, look)


def test_what_its_owner_kept_back_is_not_among_what_was_told() -> None:
    async def look(world: World) -> tuple[int, int]:
        notes = world.handsets[2].phone.records.list(OWN)
        return len(notes), len(world.ledger.telling.told)

    many = [Event("fail-a-number", 2, seed) for seed in range(12)]
    noted, told = after([*LISTED, *many], look)
    assert 0 < told < noted == len(many)
