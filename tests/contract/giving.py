"""What is given back to a store: a programme's past, whole or in part, and what a refusal leaves behind."""

from collections.abc import Sequence

import pytest

from store.offer import LogOffer, Offer
from store.states import ProgrammeState
from sync.errors import Refused
from sync.log import Cursor, Entry
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


def busy(world: World) -> Phone:
    """A member with two phones, entries in all spaces, a rotation and a revocation; returns the first phone."""
    ada = world.member()
    second = world.link(ada)
    personal = world.log("personal", ada)
    world.write(ada, personal)
    world.write(second, personal)
    world.rotate(ada, "personal")
    world.write(second, personal)
    world.write(world.lead, world.log("commons"))
    world.revoke(ada, second)
    world.write(ada, personal)
    world.rotate(world.lead, "commons")
    world.write(world.lead, world.log("commons"))
    return ada


def start(world: World, log: bytes) -> Cursor:
    return world.states[0].chain.cursor if log == world.programme else Cursor(0, world.space(log).heads[0])


def cursor_at(world: World, log: bytes, position: int) -> Cursor:
    if log == world.programme:
        return world.states[position].chain.cursor
    return Cursor(position, world.space(log).heads[position])


def past(world: World, log: bytes) -> list[Entry]:
    return world.entries if log == world.programme else world.space(log).entries


def give(
    shelf: Shelf,
    world: World,
    who: Phone | Pass,
    log: bytes,
    entries: Sequence[Entry],
    cursor: Cursor | None = None,
    day: int = FIRST_DAY,
) -> ProgrammeState:
    offered = LogOffer(log, start(world, log) if cursor is None else cursor, entries)
    return shelf.store.offer(Offer(world.programme, who.id, [offered]), day=day).result(10)


def refusal(
    shelf: Shelf,
    world: World,
    who: Phone | Pass,
    log: bytes,
    entries: Sequence[Entry],
    cursor: Cursor | None = None,
    day: int = FIRST_DAY,
) -> str:
    """The refusal of an offer, after which nothing may be different."""
    before, state = shelf.dump(), shelf.store.state(world.programme)
    with pytest.raises(Refused) as caught:
        give(shelf, world, who, log, entries, cursor, day)
    assert shelf.dump() == before
    assert shelf.store.state(world.programme) == state
    return caught.value.problem


def whole(shelf: Shelf, world: World, ada: Phone) -> None:
    """Everything of the world's past stands in the store."""
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.roster == world.state
    rows = {(row[1], row[2]): row[5] for row in shelf.dump()["entries"]}
    for log in (world.programme, world.log("personal", ada), world.log("commons")):
        for position, entry in enumerate(past(world, log), start=1):
            assert rows[log, position] == entry.leaf
    # What is loaded from the rows alone is the same.
    shelf.reopen()
    again = shelf.store.state(world.programme)
    assert again is not None
    assert again.roster == world.state
