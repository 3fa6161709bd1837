"""What any backend of the store takes while it heals, and what ends it."""

import pytest

from store.healing import begin
from store.place import open_at
from store.rows import Rows
from store.store import Store
from sync.errors import Refused
from sync.statements import Policy, Restored, SetPolicy
from tests.contract.ceremonies import second_lead
from tests.contract.giving import give
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


def begun(shelf: Shelf) -> None:
    shelf.store.close()
    assert begin(shelf.place) == 1
    shelf.store = Store(open_at(shelf.place, alone=True))


def test_while_it_heals_the_server_takes_back_and_nothing_new(shelf: Shelf, world: World) -> None:
    begun(shelf)
    log = world.log("personal", world.lead)
    sealed = world.sealing(world.lead, log)
    policy = world.draft(world.lead, SetPolicy(world.day, Policy()))
    for entry in (sealed, policy):
        before = shelf.dump()
        with pytest.raises(Refused) as caught:
            shelf.push(world, world.lead, entry, rows=Rows())
        assert caught.value.problem == "healing"
        assert shelf.dump() == before
    give(shelf, world, world.lead, log, [world.land(sealed)])
    # What it took back is acknowledged again, as ever.
    assert shelf.push(world, world.lead, sealed, rows=Rows()).accepted[log] == [(1, 1)]
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.healing


def test_a_new_restored_ends_healing_and_an_old_one_does_not(shelf: Shelf, world: World) -> None:
    world.restored(world.lead)
    begun(shelf)
    give(shelf, world, world.lead, world.programme, world.entries)
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.healing
    world.restored(world.lead)
    pushed = shelf.push(world, world.lead, world.entries[-1], rows=Rows())
    assert not pushed.state.healing
    log = world.log("personal", world.lead)
    shelf.push(world, world.lead, world.write(world.lead, log), rows=Rows())
    shelf.reopen()
    again = shelf.store.state(world.programme)
    assert again is not None
    assert not again.healing


def test_a_removal_that_is_given_back_takes_the_name_with_it(shelf: Shelf, world: World) -> None:
    """The backup held the name of somebody who had left since: it lay there for ever."""
    member = second_lead(shelf, world, name=bytes(1392))
    world.remove(world.lead, member)
    begun(shelf)
    give(shelf, world, world.lead, world.programme, world.entries)
    assert shelf.dump()["names"] == []


def test_a_member_does_not_end_healing(shelf: Shelf, world: World) -> None:
    ada = world.member()
    give(shelf, world, world.lead, world.programme, world.entries)
    begun(shelf)
    world.day = FIRST_DAY
    entry = world.draft(ada, Restored(world.day))
    with pytest.raises(Refused) as caught:
        shelf.push(world, ada, entry, rows=Rows())
    assert caught.value.problem == "not-authorised"
    state = shelf.store.state(world.programme)
    assert state is not None
    assert state.healing
