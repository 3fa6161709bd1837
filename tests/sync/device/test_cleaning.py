"""Repacking in parts: whatever is chosen, nothing is lost; and what is chosen is mostly dead."""

from collections.abc import Collection, Iterable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.secret.body import RUNGS, capacity
from sync.device.changes import Change, Content, Group, check_place, decode_content, encode_content
from sync.device.cleaning import SLACK, STANDS, Body, clean, is_worth, live_bytes, repacked
from sync.device.merge import RecordState, merge_content
from sync.device.repack import missing, repack, rung
from tests.sync.device.strategies import DEVICES, FIELDS, SMALL

NOW = 1_700_000_000
DAY = 86_400
MOST = 1_024
NOTHING = frozenset[int]()


class Space:
    """The bodies of a log that stand, and the records that everything ever said makes."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.known: dict[bytes, RecordState] = {}
        self.void: Collection[int] = NOTHING
        self.positions = count(1)
        self.newest = 0

    def add(self, content: Content, device: bytes = DEVICES[0], *, kept: bool = False) -> Body:
        plaintext = encode_content(content)
        self.newest = position = next(self.positions)
        check_place(content, position, position - 1)
        body = Body(position, device, position.to_bytes(32, "big"), rung(plaintext), kept, content)
        self.bodies.append(body)
        if position not in self.void:
            merge_content(self.known, content, position, device, self.void)
        return body

    def write(self, *changes: Change, device: bytes = DEVICES[0], at: int = NOW, kept: bool = False) -> Body:
        groups = (Group(None, self.newest + 1, self.newest, changes),) if changes else ()
        return self.add(Content(at, groups), device, kept=kept)

    def carry_out(self, plaintexts: Iterable[bytes], leaves: Collection[bytes]) -> None:
        self.bodies = [body for body in self.bodies if body.leaf not in leaves]
        for plaintext in plaintexts:
            self.add(decode_content(plaintext))

    def clean(self, now: int = NOW, most: int = MOST) -> bool:
        plan = clean(self.bodies, self.known, self.void, now, most)
        if plan is not None:
            self.carry_out(*plan)
        return plan is not None

    @property
    def size(self) -> int:
        return sum(body.size for body in self.bodies)

    def remaining(self) -> dict[bytes, RecordState]:
        states: dict[bytes, RecordState] = {}
        for body in self.bodies:
            if body.position not in self.void:
                merge_content(states, body.content, body.position, body.device, self.void)
        return states


def encoded(states: dict[bytes, RecordState]) -> dict[bytes, bytes]:
    return {record: state.encode() for record, state in states.items()}


def change(record: int, **fields: int | str | bytes) -> Change:
    return Change(record.to_bytes(16, "big"), "contact", 1, deleted=False, fields={**fields}, removed=())


def deletion(record: int) -> Change:
    return Change(record.to_bytes(16, "big"), "contact", 1, deleted=True, fields={}, removed=())


# Any choice, any history.


@st.composite
def written(draw: st.DrawFn, position: int) -> tuple[bytes, Content]:
    """A body at `position`, by one of a few devices: several groups, a `seen` that may go back, repeated records."""
    groups = []
    for _ in range(draw(st.integers(0, 3))):
        changes = []
        for record in sorted(draw(st.sets(st.integers(1, 4), min_size=1))):
            deleted = draw(st.integers(0, 20)) == 20
            fields = {} if deleted else draw(st.dictionaries(FIELDS, SMALL, max_size=3))
            removed = () if deleted else tuple(sorted(draw(st.sets(FIELDS, max_size=1)) - fields.keys()))
            kind, version = draw(st.sampled_from(["t", "u"])), draw(st.integers(1, 2))
            changes.append(Change(record.to_bytes(16, "big"), kind, version, deleted, fields, removed))
        groups.append(Group(None, draw(st.integers(1, 9)), draw(st.integers(0, position - 1)), tuple(changes)))
    return draw(st.sampled_from(DEVICES)), Content(NOW, tuple(groups))


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    space = Space()
    number = draw(st.integers(1, 8))
    space.void = draw(st.frozensets(st.integers(1, number), max_size=2))
    for position in range(1, number + 1):
        device, content = draw(written(position))
        space.add(content, device)
    space.bodies = [body for body in space.bodies if body.position not in space.void]
    return space


def some(data: st.DataObject, space: Space) -> set[int]:
    return {body.position for body in space.bodies if data.draw(st.booleans())}


@given(spaces(), st.data())
def test_what_is_repacked_of_any_bodies_makes_with_the_others_the_very_states(
    space: Space, data: st.DataObject
) -> None:
    before = encoded(space.known)
    for _ in range(3):
        chosen = some(data, space)
        plan = repacked(space.bodies, chosen, space.known, space.void, NOW)
        assert len(plan.leaves) == len(chosen)
        assert list(plan.leaves) == sorted(plan.leaves)
        space.carry_out(*plan)
        assert encoded(space.remaining()) == before == encoded(space.known)


@given(spaces(), st.data())
def test_of_two_phones_that_repack_at_once_nothing_is_lost_once_both_have_checked(
    space: Space, data: st.DataObject
) -> None:
    """Each may count on what the other erases. What is missing then is known, and written again."""
    before = encoded(space.known)
    for _ in range(2):
        plans = [repacked(space.bodies, some(data, space), space.known, space.void, NOW) for _ in range(2)]
        space.carry_out([*plans[0].plaintexts, *plans[1].plaintexts], {*plans[0].leaves, *plans[1].leaves})
        space.carry_out(repack(missing(space.known, space.remaining()), NOW), ())
        assert encoded(space.remaining()) == before == encoded(space.known)
        assert missing(space.known, space.remaining()) == []


@given(spaces(), st.data())
def test_only_what_the_others_do_not_say_is_carried(space: Space, data: st.DataObject) -> None:
    chosen = some(data, space)
    once = repacked(space.bodies, chosen, space.known, space.void, NOW)
    for plaintext in once.plaintexts:
        space.add(decode_content(plaintext))
    # Now the others say it all.
    again = repacked(space.bodies, chosen, space.known, space.void, NOW)
    assert again.plaintexts == [encode_content(Content(NOW, ()))]


# What is chosen.


def test_small_flushes_are_gathered_when_they_take_more_than_64_kib() -> None:
    space = Space()
    for number in range(1, 19):
        assert not space.clean()
        space.write(change(number, a="x" * 100))
    assert space.size == 18 * 4096
    assert space.clean()
    assert space.size == 4096
    assert not space.clean()


def test_flushes_that_say_nothing_are_replaced_by_a_body_as_others_are() -> None:
    space = Space()
    for _ in range(18):
        space.write()
    assert space.clean()
    assert [body.size for body in space.bodies] == [4096]


def test_what_is_mostly_live_stays() -> None:
    space = Space()
    full = [space.write(change(number, a="x" * 3_600)) for number in range(1, 31)]
    # No two of these fit into one: they would be written again and again for nothing.
    large = [space.write(change(number, a="x" * 2_500)) for number in range(31, 61)]
    for number in range(61, 81):
        space.write(change(number, a="x" * 10))
    assert space.clean()
    assert space.bodies[:-1] == [*full, *large]
    assert space.bodies[-1].size == 4096


def test_a_body_is_gathered_when_what_it_said_was_overwritten() -> None:
    space = Space()
    first = [space.write(*[change(10 * body + each, a="x" * 350) for each in range(10)]) for body in range(1, 21)]
    for body in range(1, 21):
        space.write(*[change(10 * body + each, a="y") for each in range(4)])
    assert space.clean()
    assert not {body.position for body in space.bodies} & {body.position for body in first}


def test_what_was_deleted_goes_after_a_week_and_the_rest_of_the_space_stays() -> None:
    space = Space()
    full = [space.write(*[change(10 * body + each, a="x" * 350) for each in range(10)]) for body in range(1, 11)]
    space.write(deletion(31))
    assert not space.clean(NOW + STANDS)
    assert space.clean(NOW + STANDS + 1)
    # The deletion itself is gathered with it, and it is gone for good.
    assert [body for body in space.bodies if body in full] == [full[0], full[1], *full[3:]]
    assert space.known[(31).to_bytes(16, "big")].deleted
    assert not space.clean(NOW + 90 * DAY)


def test_a_repack_for_another_reason_takes_along_what_was_deleted_since() -> None:
    """The repacked deletion has a new `written_at`: what was deleted would stand for another week, and another."""
    space = Space()
    full = [space.write(*[change(10 * body + each, a="x" * 350) for each in range(10)]) for body in range(1, 11)]
    space.write(deletion(31))
    for _ in range(20):
        space.write()
    assert space.clean(NOW + DAY)
    assert full[2] not in space.bodies


def test_what_is_kept_is_not_named_but_counted_on() -> None:
    space = Space()
    said = space.write(change(1, a="x"), device=DEVICES[1], kept=True)
    for _ in range(20):
        space.write(change(1, a="x"), device=DEVICES[0])
        space.write()
    assert space.clean()
    assert said in space.bodies
    assert encoded(space.remaining()) == encoded(space.known)


def test_one_erasure_names_no_more_than_it_may_the_deleted_first() -> None:
    space = Space()
    for _ in range(20):
        space.write()
    told = space.write(change(1, a="x"))
    space.write(deletion(1))
    for _ in range(20):
        space.write()
    plan = clean(space.bodies, space.known, NOTHING, NOW + STANDS + 1, 3)
    assert plan is not None
    assert len(plan.leaves) == 3
    assert told.leaf in plan.leaves


def test_what_two_repacks_say_counts_once() -> None:
    space = Space()
    for number in range(1, 11):
        space.write(change(number, a="x" * 300))
    plan = repacked(space.bodies, {body.position for body in space.bodies}, space.known, NOTHING, NOW)
    space.carry_out([*plan.plaintexts, *plan.plaintexts], plan.leaves)
    older, newer = space.bodies
    alive = live_bytes(space.bodies, space.known)
    assert alive[older.position] == 0
    assert 3_000 < alive[newer.position] <= capacity(newer.size)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 40)), min_size=30, max_size=60))
def test_dead_content_never_takes_more_than_live_and_64_kib(steps: list[tuple[int, int]]) -> None:
    """Whatever is written, of whatever size, and overwritten: what is left after each flush stays bounded."""
    space = Space()
    for size, record in steps:
        space.write(change(record + 1, a=bytes(size)))
        space.clean()
        live = sum(live_bytes(space.bodies, space.known).values())
        assert space.size <= 2 * live + max(live, SLACK) + 2 * RUNGS[1]
        assert not space.clean()
    assert encoded(space.remaining()) == encoded(space.known)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(0, 0, False), (SLACK, 0, False), (SLACK + 1, 0, True), (SLACK + 4096, 4096, False), (SLACK + 4097, 4096, True),
     (2 * SLACK, SLACK, False), (2 * SLACK + 1, SLACK, True), (400_000, 200_000, False), (400_001, 200_000, True)],
)  # fmt: skip
def test_it_is_worth_it_when_more_than_half_is_dead_and_more_than_64_kib(
    before: int, after: int, expected: bool
) -> None:
    assert is_worth(before, after) == expected


def test_what_later_readers_cannot_open_is_not_counted_on() -> None:
    space = Space()
    space.write(change(1, a="x"))
    lost, said = space.bodies[0]._replace(lasts=False), space.bodies[0]._replace(position=2, leaf=bytes(32))
    assert live_bytes([lost, said], space.known)[lost.position] == 0
    plan = repacked([lost, said], {said.position}, space.known, NOTHING, NOW)
    assert plan.plaintexts != [encode_content(Content(NOW, ()))]
    assert repacked([said._replace(position=3), said], {2}, space.known, NOTHING, NOW).plaintexts != plan.plaintexts
