"""What any backend of the store does with the witness log."""

from dataclasses import replace

import pytest

from store.pull import Ask
from store.push import Pushed
from store.rows import Rows
from sync.errors import Refused
from sync.log import Chain, Cursor, Entry
from sync.witness import READ_BACK, Witness
from tests.support.actors import World
from tests.support.people import Phone
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


@pytest.fixture
def world(shelf: Shelf) -> World:
    """A founded programme with an entry in commons."""
    made = World.found(2)
    shelf.found(made)
    shelf.push(made, made.lead, made.write(made.lead, made.log("commons")))
    return made


def pushed(shelf: Shelf, world: World, phone: Phone, entry: Entry, day: int = FIRST_DAY) -> Pushed:
    return shelf.push(world, phone, entry, rows=Rows(), day=day)


def refusal(shelf: Shelf, world: World, entry: Entry, day: int = FIRST_DAY) -> Refused:
    """The refusal of a push, after which nothing is different."""
    before = shelf.dump()
    with pytest.raises(Refused) as caught:
        pushed(shelf, world, world.lead, entry, day)
    assert shelf.dump() == before
    return caught.value


def test_the_first_witness_makes_the_log(shelf: Shelf, world: World) -> None:
    """Also of a programme that an older server founded."""
    log = world.log("witness")
    assert log not in {row[1] for row in shelf.dump()["logs"]}
    for position in (1, 2, 3):
        done = pushed(shelf, world, world.lead, world.land(world.witnessing(world.lead)))
        assert done.accepted[log] == [(position, position)]
    assert [row[2:] for row in shelf.dump()["logs"] if row[1] == log] == [("witness", None)]
    shelf.reopen()
    page = shelf.store.pull(world.programme, [ask_all(world)], 1_000_000)[0]
    assert [one.body for one in page.entries] == [one.body for one in world.space(log).entries]


def ask_all(world: World) -> Ask:
    space = world.space(world.log("witness"))
    return Ask(space.chain.log, Cursor(0, space.heads[0]), space.chain.cursor)


def test_the_same_witness_again_is_acknowledged_again(shelf: Shelf, world: World) -> None:
    entry = world.land(world.witnessing(world.lead))
    pushed(shelf, world, world.lead, entry)
    before = shelf.dump()
    assert pushed(shelf, world, world.lead, entry).accepted[world.log("witness")] == [(1, 1)]
    assert shelf.dump() == before


@pytest.mark.parametrize(("off", "expected"), [(-2, "day-off"), (-1, "ok"), (0, "ok"), (1, "ok"), (2, "day-off")])
def test_the_day_is_within_one_of_the_servers(shelf: Shelf, world: World, off: int, expected: str) -> None:
    entry = world.witnessing(world.lead)
    if expected == "ok":
        pushed(shelf, world, world.lead, entry, FIRST_DAY - off)
    else:
        refused = refusal(shelf, world, entry, FIRST_DAY - off)
        assert (refused.problem, refused.members["server_day"]) == (expected, FIRST_DAY - off)


def test_shared_is_what_the_server_has_had(shelf: Shelf, world: World) -> None:
    honest = world.stating(world.lead)
    genesis = {log: Chain.start(world.programme, log).cursor for log, _ in honest.shared}
    for at, expected in (
        (Cursor(1, bytes(32)), "witness-unknown"),
        (Cursor(2, world.space(world.log("commons")).heads[1]), "witness-unknown"),
        (Cursor(0, bytes(32)), "witness-unknown"),
        (genesis[world.log("commons")], "ok"),
    ):
        shared = tuple((log, at if log == world.log("commons") else genesis[log]) for log, _ in honest.shared)
        entry = world.witnessing(world.lead, replace(honest, shared=shared))
        if expected == "ok":
            pushed(shelf, world, world.lead, entry)
        else:
            assert refusal(shelf, world, entry).problem == expected


def test_a_witness_beside_other_entries_calls_for_no_rows(shelf: Shelf, world: World) -> None:
    """Deciding which wraps a push calls for read each entry of it as a statement."""
    sealed, stated = world.write(world.lead, world.log("commons")), world.land(world.witnessing(world.lead))
    world.rotate(world.lead, "leads")
    done = shelf.push(world, world.lead, world.entries[-1], sealed, stated)
    assert {len(one) for one in done.accepted.values()} == {1}


def test_a_witness_of_an_entry_in_the_same_push_is_taken(shelf: Shelf, world: World) -> None:
    sealed = world.write(world.lead, world.log("commons"))
    done = shelf.push(world, world.lead, sealed, world.land(world.witnessing(world.lead)), rows=Rows())
    assert done.accepted[world.log("witness")] == [(1, 1)]


# Where a new reader begins.


def test_a_reader_begins_below_the_last_ninety_days(shelf: Shelf, world: World) -> None:
    log, days = world.log("witness"), []
    for step in range(40):
        # Authors may be a day off in either way, so days do not quite rise.
        world.day = FIRST_DAY + step * 7 + (step % 3 - 1)
        days.append(world.day)
        pushed(shelf, world, world.lead, world.land(world.witnessing(world.lead)), FIRST_DAY + step * 7)
    heads = world.space(log).heads
    for today in range(FIRST_DAY - 5, days[-1] + READ_BACK + 10, 3):
        begin = shelf.store.witness_beginning(world.programme, log, today)
        assert begin.head == heads[begin.position]
        assert all(day < today - READ_BACK for day in days[: begin.position])
        above = days[begin.position :]
        assert not above or above[0] >= today - READ_BACK
    end = shelf.store.witness_beginning(world.programme, log, days[-1] + READ_BACK + 1)
    assert end == world.space(log).chain.cursor


def test_a_log_without_entries_begins_at_its_genesis(shelf: Shelf, world: World) -> None:
    log = world.log("witness")
    assert shelf.store.witness_beginning(world.programme, log, 10**6) == Chain.start(world.programme, log).cursor


def test_what_is_stated_is_stored_as_it_was_signed(shelf: Shelf, world: World) -> None:
    entry = world.land(world.witnessing(world.lead))
    pushed(shelf, world, world.lead, entry)
    [row] = [row for row in shelf.dump()["entries"] if row[1] == world.log("witness")]
    assert Witness.decode(row[-1]) == world.stating(world.lead)
