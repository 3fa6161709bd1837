"""What the tests of a store do again and again, and the refusal that changes nothing."""

import pytest

from store.rows import Rows
from sync.errors import Refused
from sync.log import Entry
from tests.support.actors import World
from tests.support.people import Pass, Phone
from tests.support.storage import Shelf


def refusal(shelf: Shelf, world: World, who: Phone | Pass, *entries: Entry, **more: object) -> Refused:
    """The refusal of a push, after which nothing may be different."""
    before = shelf.dump()
    state = shelf.store.state(world.programme)
    with pytest.raises(Refused) as caught:
        shelf.push(world, who, *entries, **{"rows": Rows(), **more})  # type: ignore[arg-type]
    assert shelf.dump() == before
    assert shelf.store.state(world.programme) == state
    return caught.value


def landed(world: World, ceremony: object) -> list[Entry]:
    before = len(world.entries)
    assert callable(ceremony)
    ceremony()
    return world.entries[before:]


def pushed_pass(shelf: Shelf, world: World, author: Phone, role: str) -> Pass:
    made = world.invite(role, author)
    shelf.push(world, author, world.entries[-1])
    return made


def linked(shelf: Shelf, world: World, owner: Phone) -> Phone:
    link = pushed_pass(shelf, world, owner, "link")
    phone = world.join(link)
    shelf.push(world, link, world.entries[-1])
    return phone


def second_lead(shelf: Shelf, world: World, name: bytes | None = None) -> Phone:
    used = world.invite("lead")
    shelf.push(world, world.lead, world.entries[-1])
    phone = world.join(used)
    joined = world.entries[-1:]
    shelf.push(world, used, *joined, rows=Rows(world.keys_for(joined), world.wraps_for(joined), name))
    return phone


def forget_wraps(shelf: Shelf, log: bytes, which: str = "TRUE") -> None:
    shelf.run(f"DELETE FROM wraps WHERE log = ?1 AND {which}", log)
