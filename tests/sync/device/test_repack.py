"""Repacks: landed on nothing, they make the very states they say; and they take little more than these need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import BodyTooLarge
from crypto.secret import body
from sync.device.changes import Change, check_place, decode_content
from sync.device.merge import RecordState, join, merge_change, merge_content
from sync.device.repack import SLACK, is_worth, repack, rung
from tests.sync.device.strategies import DEVICES, Step, histories
from tests.sync.device.test_merge import merged

AUTHOR = DEVICES[0]
FAR = 1_000_000
"""A position above all others."""


def landed(
    plaintexts: list[bytes], position: int = FAR, void: frozenset[int] = frozenset()
) -> dict[bytes, RecordState]:
    states: dict[bytes, RecordState] = {}
    for number, plaintext in enumerate(plaintexts):
        content = decode_content(plaintext)
        check_place(content, position + number, position - 1)
        merge_content(states, content, position + number, AUTHOR, void)
    return states


def states_of(many: list[list[Step]]) -> dict[bytes, RecordState]:
    return {bytes([number + 1]) * 16: merged(steps) for number, steps in enumerate(many)}


@given(st.lists(histories(), max_size=4))
def test_a_repack_landed_on_nothing_makes_the_very_states(many: list[list[Step]]) -> None:
    states = states_of(many)
    assert {id_: state.encode() for id_, state in landed(repack(states.items(), 7)).items()} == {
        id_: state.encode() for id_, state in states.items()
    }


@given(histories(), histories())
def test_what_comes_later_merges_with_a_repack_as_with_what_it_repacked(before: list[Step], later: list[Step]) -> None:
    state = merged(before)
    ((_, again),) = landed(repack([(bytes([1]) * 16, state)], 0)).items()
    assert join(again, merged(later)).encode() == join(state, merged(later)).encode()


@given(histories(), st.integers(1, 8))
def test_what_a_repack_says_for_a_void_entry_is_ignored(steps: list[Step], void: int) -> None:
    state = merged(steps)
    found = landed(repack([(bytes([1]) * 16, state)], 0), void=frozenset({void}))
    places = {layer.position for again in found.values() for layer in again.layers}
    assert places == {layer.position for layer in state.layers} - {void}
    assert all(again.named[2] != void for again in found.values())


def written(record: int, size: int) -> tuple[bytes, RecordState]:
    change = Change(record.to_bytes(16, "big"), "contact", 1, False, {"a": bytes(size)}, ())
    return change.record, merge_change(None, change, stamp=1, device=AUTHOR, position=record, seen=0)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 60_000), max_size=40))
def test_bodies_are_at_most_half_empty_or_the_smallest(sizes: list[int]) -> None:
    states = [written(number, size) for number, size in enumerate(sizes, 1)]
    plaintexts = repack(states, 0)
    assert {id_: state.encode() for id_, state in landed(plaintexts).items()} == {
        id_: state.encode() for id_, state in states
    }
    taken = sum(rung(plaintext) for plaintext in plaintexts)
    # What an item of 60,000 bytes leaves free of a rung is not used by the next one.
    needed = sum(size + 250 for size in sizes)
    assert taken <= 2 * needed + body.RUNGS[0] + len(plaintexts) * 2**16
    assert (taken == 0) == (not sizes)


def test_many_small_records_take_less_than_twice_their_size() -> None:
    for count in (1, 10, 70, 200, 1_000, 3_000):
        plaintexts = repack([written(number, 60) for number in range(1, count + 1)], 0)
        said = sum(len(plaintext) for plaintext in plaintexts)
        assert sum(rung(plaintext) for plaintext in plaintexts) <= max(2.1 * said, body.RUNGS[0])


def test_the_largest_record_is_repacked_and_a_larger_one_refused() -> None:
    limit = body.capacity(body.RUNGS[-1])
    (plaintext,) = repack([written(1, limit - 300)], 0)
    assert rung(plaintext) == body.RUNGS[-1]
    with pytest.raises(BodyTooLarge):
        repack([written(1, limit)], 0)


@pytest.mark.parametrize(
    ("bodies", "repacked", "expected"),
    [(0, 0, False), (SLACK, 0, False), (SLACK + 1, 0, True), (SLACK + 4096, 4096, False), (SLACK + 4097, 4096, True),
     (2 * SLACK, SLACK, False), (2 * SLACK + 1, SLACK, True), (400_000, 200_000, False), (400_001, 200_000, True)],
)  # fmt: skip
def test_it_is_worth_it_when_more_than_half_is_dead_and_more_than_64_kib(
    bodies: int, repacked: int, expected: bool
) -> None:
    assert is_worth(bodies, repacked) == expected
