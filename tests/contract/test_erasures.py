"""Erasing on any backend: marks with the push, bodies on their day, nothing that was withdrawn."""

from typing import Any

import pytest

from store import erasures
from store.offer import LogOffer, Offer
from store.pull import Ask
from store.rows import Rows
from sync.erasure import DELAY, Erase, Withdraw
from sync.errors import Refused
from sync.log import Cursor, Entry
from tests.support.actors import World
from tests.support.people import Pass
from tests.support.programme import FIRST_DAY
from tests.support.storage import Shelf

DUE = FIRST_DAY + DELAY


class Scene:
    """A programme with a code and three entries in its commons, on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.world = shelf, World.found(3)
        shelf.found(self.world)
        self.code = self.world.invite("recovery")
        shelf.push(self.world, self.world.lead, self.world.entries[-1])
        self.log = self.world.log("commons")
        self.sealed = [self.world.write(self.world.lead, self.log, bytes([number])) for number in range(3)]
        shelf.push(self.world, self.world.lead, *self.sealed)

    def push(self, statement: Erase | Withdraw, code: Pass | None = None, *, day: int = FIRST_DAY) -> Entry:
        entry = self.world.land(self.world.erasing(self.world.lead, self.log, statement, code))
        self.shelf.push(self.world, self.world.lead, entry, rows=Rows(), day=day)
        return entry

    def leaves(self, *numbers: int) -> tuple[bytes, ...]:
        return tuple(sorted(self.sealed[number].leaf for number in numbers))

    def erase_due(self, day: int) -> None:
        while self.shelf.store.erase_due(day).result(10):
            pass

    def bodies(self) -> list[bytes | None]:
        start = Cursor(0, self.world.space(self.log).heads[0])
        (page,) = self.shelf.store.pull(
            self.world.programme, [Ask(self.log, start, self.world.space(self.log).chain.cursor)], 1 << 23
        )
        return [entry.body for entry in page.entries]

    def marks(self) -> list[tuple[Any, ...]]:
        return [row[2:] for row in self.shelf.dump()["erasures"]]


@pytest.fixture
def scene(shelf: Shelf) -> Scene:
    return Scene(shelf)


def test_bodies_go_on_their_day_and_the_chain_stays(scene: Scene) -> None:
    entry = scene.push(Erase(FIRST_DAY, scene.leaves(0, 2)))
    assert scene.marks() == [(4, 1, DUE), (4, 3, DUE)]
    scene.erase_due(DUE - 1)
    assert scene.bodies() == [*(one.body for one in scene.sealed), entry.body]
    scene.erase_due(DUE)
    assert scene.bodies() == [None, scene.sealed[1].body, None, entry.body]
    assert scene.marks() == []
    scene.shelf.reopen()
    state = scene.shelf.store.with_ends(scene.world.programme, [scene.log]).result(10)
    chain = state.chain(scene.log)
    assert chain is not None
    assert chain.cursor == scene.world.space(scene.log).chain.cursor


def test_what_is_withdrawn_stays_and_may_be_named_again(scene: Scene) -> None:
    one = scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    scene.push(Erase(FIRST_DAY + 1, scene.leaves(0, 1)), day=FIRST_DAY + 1)
    scene.push(Withdraw(FIRST_DAY, one.leaf))
    assert scene.marks() == [(5, 1, DUE + 1), (5, 2, DUE + 1)]
    scene.erase_due(DUE)
    assert None not in scene.bodies()
    scene.erase_due(DUE + 1)
    assert scene.bodies()[:2] == [None, None]


def refusal(scene: Scene, statement: Erase | Withdraw, code: Pass | None = None, *, day: int = FIRST_DAY) -> Refused:
    """The refusal of a push, after which nothing is different."""
    entry = scene.world.erasing(scene.world.lead, scene.log, statement, code)
    before = scene.shelf.dump()
    with pytest.raises(Refused) as caught:
        scene.shelf.push(scene.world, scene.world.lead, entry, rows=Rows(), day=day)
    assert scene.shelf.dump() == before
    return caught.value


@pytest.mark.parametrize("off", [-2, 2])
def test_the_day_is_within_one_of_the_servers(scene: Scene, off: int) -> None:
    refused = refusal(scene, Erase(FIRST_DAY + off, scene.leaves(0)))
    assert (refused.problem, refused.members["server_day"]) == ("day-off", FIRST_DAY)
    erased = scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    assert refusal(scene, Withdraw(FIRST_DAY + off, erased.leaf)).problem == "day-off"


def test_a_leaf_that_is_none_is_refused_whole(scene: Scene) -> None:
    leaves = tuple(sorted((*scene.leaves(0), bytes(32))))
    assert refusal(scene, Erase(FIRST_DAY, leaves)).problem == "leaf-unknown"
    other = scene.world.write(scene.world.lead, scene.world.log("leads"))
    scene.shelf.push(scene.world, scene.world.lead, other)
    assert refusal(scene, Erase(FIRST_DAY, (other.leaf,))).problem == "leaf-unknown"
    assert refusal(scene, Withdraw(FIRST_DAY, scene.sealed[0].leaf)).problem == "leaf-unknown"


def test_a_withdrawal_that_comes_when_the_body_may_be_gone_is_refused(scene: Scene) -> None:
    """By the author's day it would be in time; by the server's, half of the bodies may be erased already."""
    erased = scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    assert refusal(scene, Withdraw(DUE - 1, erased.leaf), day=DUE).problem == "leaf-unknown"
    scene.erase_due(DUE)
    assert refusal(scene, Withdraw(DUE - 1, erased.leaf), day=DUE).problem == "leaf-unknown"


def test_a_withdrawal_is_withdrawn_by_nothing(scene: Scene) -> None:
    erased = scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    scene.push(Withdraw(FIRST_DAY, erased.leaf))
    assert refusal(scene, Withdraw(FIRST_DAY, erased.leaf)).problem == "leaf-unknown"


def test_with_a_code_they_go_at_once(scene: Scene) -> None:
    entry = scene.push(Erase(FIRST_DAY, scene.leaves(0, 1)), scene.code)
    assert scene.bodies() == [None, None, scene.sealed[2].body, entry.body]
    assert scene.marks() == []
    assert refusal(scene, Withdraw(FIRST_DAY, entry.leaf)).problem == "leaf-unknown"


def test_with_a_code_of_tomorrow_they_go_tomorrow(scene: Scene) -> None:
    scene.push(Erase(FIRST_DAY + 1, scene.leaves(0)), scene.code)
    assert scene.marks() == [(4, 1, FIRST_DAY + 1)]
    scene.erase_due(FIRST_DAY + 1)
    assert scene.bodies()[0] is None


def test_the_same_erasure_again_is_acknowledged_and_marks_nothing(scene: Scene) -> None:
    entry = scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    scene.erase_due(DUE)
    before = scene.shelf.dump()
    pushed = scene.shelf.push(scene.world, scene.world.lead, scene.sealed[0], entry, rows=Rows(), day=DUE)
    assert pushed.accepted[scene.log] == [(1, 1), (4, 4)]
    assert scene.shelf.dump() == before


def test_what_is_gone_may_be_named_again(scene: Scene) -> None:
    scene.push(Erase(FIRST_DAY, scene.leaves(0)), scene.code)
    scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    scene.erase_due(DUE)
    assert (scene.bodies()[0], scene.marks()) == (None, [])


def test_more_than_one_job_can_do_are_all_erased(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasures, "BATCH", 2)
    scene.push(Erase(FIRST_DAY, scene.leaves(0, 1, 2)))
    assert scene.shelf.store.erase_due(DUE).result(10)
    assert not scene.shelf.store.erase_due(DUE).result(10)
    assert scene.bodies()[:3] == [None] * 3


def test_another_programme_is_left_alone(shelf: Shelf, scene: Scene) -> None:
    other = World.found(4)
    shelf.found(other)
    log = other.log("commons")
    sealed = other.write(other.lead, log)
    shelf.push(other, other.lead, sealed)
    stranger = other.erasing(other.lead, log, Erase(FIRST_DAY, scene.leaves(0)))
    with pytest.raises(Refused) as caught:
        shelf.push(other, other.lead, stranger, rows=Rows())
    assert caught.value.problem == "leaf-unknown"
    scene.push(Erase(FIRST_DAY, scene.leaves(0)), scene.code)
    assert sealed.body in {row[-1] for row in shelf.dump()["entries"]}


def given_back(scene: Scene, *numbers: int) -> list[bool]:
    """Whether the server takes these bodies from somebody who offers the entries again."""
    log, start = scene.log, Cursor(0, scene.world.space(scene.log).heads[0])
    offered = [LogOffer(log, start, scene.sealed)]
    scene.shelf.store.offer(Offer(scene.world.programme, scene.world.lead.id, offered), day=DUE + 2).result(10)
    return [scene.bodies()[number] is not None for number in numbers]


def test_a_body_lost_after_its_erasure_was_withdrawn_is_taken_back(scene: Scene) -> None:
    """The log still has the `erase` that named it; only the `withdraw` above tells that the body should be there."""
    erase = scene.push(Erase(FIRST_DAY, scene.leaves(0, 1)))
    scene.push(Withdraw(FIRST_DAY, erase.leaf))
    # A disk lost them; the third is named by nothing at all.
    scene.shelf.run("UPDATE entries SET body = NULL WHERE log = ?1 AND position <= 3", scene.log)
    assert given_back(scene, 0, 1, 2) == [True, True, True]
    assert scene.bodies()[:3] == [entry.body for entry in scene.sealed]


def test_a_withdrawal_of_one_erasure_brings_back_nothing_that_another_took(scene: Scene) -> None:
    first = scene.push(Erase(FIRST_DAY, scene.leaves(0, 1)))
    scene.push(Erase(FIRST_DAY + 1, scene.leaves(1)), day=FIRST_DAY + 1)
    scene.push(Withdraw(FIRST_DAY + 1, first.leaf), day=FIRST_DAY + 1)
    scene.erase_due(DUE + 1)
    assert scene.bodies()[0] is not None
    scene.shelf.run("UPDATE entries SET body = NULL WHERE log = ?1 AND position = 1", scene.log)
    assert given_back(scene, 0, 1, 2) == [True, False, True]


def test_what_was_named_again_after_a_withdrawal_is_not_taken_back(scene: Scene) -> None:
    first = scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    scene.push(Withdraw(FIRST_DAY, first.leaf))
    scene.push(Erase(FIRST_DAY, scene.leaves(0)))
    scene.erase_due(DUE)
    assert given_back(scene, 0) == [False]
