"""Repacks: landed on nothing, they make the very states they say; and they take little more than these need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import BodyTooLarge
from crypto.public.encoding import encode
from crypto.secret import body
from sync.device.changes import Change, check_place, decode_content
from sync.device.merge import RecordState, join, merge_change, merge_content
from sync.device.repack import items_of, piece, repack, rung
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
    assert {id_: state.encode() for id_, state in landed(repack(items_of(states), 7)).items()} == {
        id_: state.encode() for id_, state in states.items()
    }


@given(histories(), histories())
def test_what_comes_later_merges_with_a_repack_as_with_what_it_repacked(before: list[Step], later: list[Step]) -> None:
    state = merged(before)
    ((_, again),) = landed(repack(items_of({bytes([1]) * 16: state}), 0)).items()
    assert join(again, merged(later)).encode() == join(state, merged(later)).encode()


@given(histories(), st.integers(1, 8))
def test_what_a_repack_says_for_a_void_entry_is_ignored(steps: list[Step], void: int) -> None:
    state = merged(steps)
    found = landed(repack(items_of({bytes([1]) * 16: state}), 0), void=frozenset({void}))
    places = {layer.position for again in found.values() for layer in again.layers}
    assert places == {layer.position for layer in state.layers} - {void}
    assert all(again.named[2] != void for again in found.values())


def written(record: int, size: int) -> tuple[bytes, RecordState]:
    change = Change(record.to_bytes(16, "big"), "contact", 1, False, {"a": bytes(size)}, ())
    return change.record, merge_change(None, change, stamp=1, device=AUTHOR, position=record, seen=0)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 60_000), max_size=40))
def test_bodies_are_at_most_half_empty_or_the_smallest(sizes: list[int]) -> None:
    states = dict(written(number, size) for number, size in enumerate(sizes, 1))
    plaintexts = repack(items_of(states), 0)
    assert {id_: state.encode() for id_, state in landed(plaintexts).items()} == {
        id_: state.encode() for id_, state in states.items()
    }
    taken = sum(rung(plaintext) for plaintext in plaintexts)
    # What an item of 60,000 bytes leaves free of a rung is not used by the next one.
    needed = sum(size + 250 for size in sizes)
    assert taken <= 2 * needed + body.RUNGS[0] + len(plaintexts) * 2**16
    assert (taken == 0) == (not sizes)


def test_many_small_records_take_less_than_twice_their_size() -> None:
    for count in (1, 10, 70, 200, 1_000, 3_000):
        plaintexts = repack(items_of(dict(written(number, 60) for number in range(1, count + 1))), 0)
        said = sum(len(plaintext) for plaintext in plaintexts)
        assert sum(rung(plaintext) for plaintext in plaintexts) <= max(2.1 * said, body.RUNGS[0])


def test_the_largest_record_is_repacked_and_a_larger_one_refused() -> None:
    limit = body.capacity(body.RUNGS[-1])
    (plaintext,) = repack(items_of(dict([written(1, limit - 300)])), 0)
    assert rung(plaintext) == body.RUNGS[-1]
    with pytest.raises(BodyTooLarge):
        repack(items_of(dict([written(1, limit)])), 0)


@given(st.lists(st.integers(0, 20_000), max_size=60), st.sampled_from(body.RUNGS))
def test_bodies_are_no_larger_than_asked_unless_a_record_is(sizes: list[int], most: int) -> None:
    states = dict(written(number, size) for number, size in enumerate(sizes, 1))
    plaintexts = repack(items_of(states), 0, most)
    assert {id_: state.encode() for id_, state in landed(plaintexts).items()} == {
        id_: state.encode() for id_, state in states.items()
    }
    for plaintext in plaintexts:
        largest = max(
            len(encode(change.fields)) for group in decode_content(plaintext).groups for change in group.changes
        )
        assert rung(plaintext) <= max(most, rung(bytes(largest + 300)))


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 4_096), (200_000, 4_096), (262_143, 4_096), (262_144, 16_384), (1_048_576, 65_536), (2**30, 1_048_576)],
)
def test_a_piece_is_the_highest_rung_of_at_most_a_sixteenth(size: int, expected: int) -> None:
    assert piece(size) == expected
