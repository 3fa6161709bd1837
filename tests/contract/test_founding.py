"""Founding: what a backend stores, and who may."""

import pytest

from store.rows import Rows
from sync.errors import Refused
from tests.support.actors import World
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf


def test_founding_stores_the_programme_and_its_rows(shelf: Shelf, world: World) -> None:
    stored = shelf.dump()
    assert stored["programmes"] == [(world.programme, 0)]
    assert {row[2] for row in stored["logs"]} == {"roster", "personal", "commons", "leads"}
    assert [row[2] for row in stored["entries"]] == [1]
    assert {row[2] for row in stored["wraps"]} == {world.lead.id, world.lead.person.member.hash}
    assert len(stored["hpke_keys"]) == 3
    assert stored["principals"] == [(world.programme, world.lead.id)]
    assert stored["founding_tokens"] == []


def test_the_same_founding_is_answered_again_without_its_token(shelf: Shelf, world: World) -> None:
    before = shelf.dump()
    assert shelf.found(world, token=bytes(16)) == world.state
    assert shelf.dump() == before


def test_a_token_founds_once(shelf: Shelf) -> None:
    token = shelf.token()
    shelf.found(World.found(1), token=token)
    for again in (token, bytes(16)):
        with pytest.raises(Refused) as caught:
            shelf.found(World.found(2), token=again)
        assert caught.value.problem == "founding-refused"


def test_a_refused_founding_does_not_spend_the_token(shelf: Shelf) -> None:
    token = shelf.token()
    other = World.found(1)
    with pytest.raises(Refused) as caught:
        shelf.found(other, token=token, day=FIRST_DAY + 2)
    assert caught.value.problem == "day-off"
    assert shelf.found(other, token=token).chain.position == 1


def test_a_programme_that_names_another_server_is_refused(shelf: Shelf) -> None:
    made, impostor = World.found(1), World.found(2)
    first = made.entries[0]
    rows = Rows(made.keys_for([first]), made.wraps_for([first]))
    for key, address in ((impostor.server.public, made.state.address), (made.server.public, "https://other.example")):
        with pytest.raises(Refused) as caught:
            shelf.store.found(shelf.token(), first, rows, day=FIRST_DAY, server_key=key, address=address).result(10)
        assert caught.value.problem == "founding-refused"
        shelf.reopen()
