"""Merging: any order, repetition and grouping of the same changes ends in the same bytes, and in what page 5 says."""

from collections.abc import Iterable
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import Canonical, encode
from crypto.public.hashing import H
from sync.device.changes import Change
from sync.device.merge import REMOVED, RecordState, Value, join, merge_change
from tests.sync.device.strategies import DEVICES, RECORD, Step, histories

ALICE, BERTA, _ = DEVICES


def merged(steps: Iterable[Step]) -> RecordState:
    state: RecordState | None = None
    for change, stamp, device, position, seen in steps:
        state = merge_change(state, change, stamp=stamp, device=device, position=position, seen=seen)
    assert state is not None
    return state


def written(fields: dict[str, Canonical], *removed: str, kind: str = "contact", version: int = 1) -> Change:
    return Change(RECORD, kind, version, deleted=False, fields=fields, removed=removed)


DELETION = Change(RECORD, "contact", 1, deleted=True, fields={}, removed=())


def raw(value: Value) -> bytes:
    return b"" if value is REMOVED else encode(value)


def by_the_book(steps: list[Step]) -> dict[str, list[tuple[Step, Value]]]:
    """Page 5 word by word: field -> the changes that no other one has seen, the winner first."""
    if any(step.change.deleted for step in steps):
        return {}
    said: dict[str, list[tuple[Step, Value]]] = {}
    for step in steps:
        for name, value in step.change.fields.items():
            said.setdefault(name, []).append((step, value))
        for name in step.change.removed:
            said.setdefault(name, []).append((step, REMOVED))

    def has_seen(y: Step, x: Step) -> bool:
        return (y.device == x.device and y.position > x.position) or x.position <= y.seen

    return {
        name: sorted(
            ((x, value) for x, value in each if not any(has_seen(y, x) for y, _ in each)),
            key=lambda pair: (pair[0].stamp, pair[0].device, H("value", raw(pair[1]))),
            reverse=True,
        )
        for name, each in said.items()
    }


@given(histories(), st.data())
def test_any_order_and_repetition_converges(steps: list[Step], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(steps), max_size=5))
    other = data.draw(st.permutations(steps + again))
    assert merged(steps).encode() == merged(other).encode()


@given(histories(), histories(), histories())
def test_joining_is_commutative_associative_and_idempotent(a: list[Step], b: list[Step], c: list[Step]) -> None:
    x, y, z = merged(a), merged(b), merged(c)
    assert join(x, y).encode() == join(y, x).encode()
    assert join(join(x, y), z).encode() == join(x, join(y, z)).encode()
    assert join(x, x).encode() == x.encode()


@given(histories(), st.data())
def test_parts_merged_apart_join_to_the_whole(steps: list[Step], data: st.DataObject) -> None:
    parts: list[list[Step]] = [[], [], []]
    for step in steps:
        parts[data.draw(st.integers(0, 2))].append(step)
    joined = reduce(join, (merged(part) for part in parts if part))
    assert joined.encode() == merged(steps).encode()


@given(histories())
def test_values_and_conflicts_are_those_of_the_book(steps: list[Step]) -> None:
    state, book = merged(steps), by_the_book(steps)
    winners = {name: each[0][1] for name, each in book.items()}
    assert encode(state.values()) == encode({n: value for n, value in winners.items() if value is not REMOVED})
    assert {name: {raw(each.value) for each in lost} for name, lost in state.conflicts().items()} == {
        name: others for name, each in book.items() if (others := {raw(value) for _, value in each} - {raw(each[0][1])})
    }
    assert {
        name: {(x.stamp, x.device, x.position, raw(x.value)) for x in each} for name, each in state.fields.items()
    } == {name: {(x.stamp, x.device, x.position, raw(value)) for x, value in each} for name, each in book.items()}


@given(histories())
def test_a_state_survives_its_encoding(steps: list[Step]) -> None:
    state = merged(steps)
    again = RecordState.decode(state.encode())
    assert again == state
    assert again.encode() == state.encode()


@given(histories())
def test_type_and_version_are_those_of_the_highest_stamp(steps: list[Step]) -> None:
    state = merged(steps)
    named = {(step.stamp, step.device, step.position, step.change.version, step.change.type) for step in steps}
    assert (*state.named, state.version, state.type) == max(named)


@given(histories(), st.data())
def test_deletion_wins_for_ever(steps: list[Step], data: st.DataObject) -> None:
    deletion = Step(DELETION, 1, ALICE, 1, 0)
    at = data.draw(st.integers(0, len(steps)))
    state = merged([*steps[:at], deletion, *steps[at:]])
    assert state.deleted
    assert state.values() == {}
    assert state.conflicts() == {}


def test_an_edit_that_has_seen_replaces() -> None:
    state = merged(
        [Step(written({"a": 1}), 1, ALICE, 1, 0), Step(written({"a": 2}, "b"), 2, BERTA, 2, 1)],
    )
    assert state.values() == {"a": 2}
    assert state.conflicts() == {}


def test_edits_that_have_not_seen_each_other_conflict_until_written_again() -> None:
    unseen = [Step(written({"a": 1, "b": 1}), 1, ALICE, 1, 0), Step(written({"a": 2, "b": 1}), 1, BERTA, 2, 0)]
    state = merged(unseen)
    assert state.values() == {"a": 2, "b": 1}
    assert [(lost.value, lost.device) for lost in state.conflicts()["a"]] == [(1, ALICE)]
    assert state.conflicts().keys() == {"a"}
    assert merged([*unseen, Step(written({"a": 1}), 2, ALICE, 3, 2)]).conflicts() == {}


def test_a_value_that_lost_twice_is_listed_where_it_is_highest() -> None:
    state = merged(
        [
            Step(written({"a": "low"}), 1, ALICE, 1, 0),
            Step(written({"a": "between"}), 2, b"c" * 32, 2, 0),
            Step(written({"a": "low"}), 3, BERTA, 3, 0),
            Step(written({"a": "winner"}), 4, b"d" * 32, 4, 0),
        ]
    )
    assert state.values() == {"a": "winner"}
    assert [(lost.value, lost.stamp) for lost in state.conflicts()["a"]] == [("low", 3), ("between", 2)]


def test_the_higher_stamp_wins_wherever_it_stands() -> None:
    state = merged([Step(written({"a": "new"}), 9, ALICE, 1, 0), Step(written({"a": "old"}), 2, BERTA, 2, 0)])
    assert state.values() == {"a": "new"}


def test_a_removal_may_lose_and_may_win() -> None:
    lost = merged([Step(written({"a": 1}), 2, ALICE, 1, 0), Step(written({}, "a"), 1, BERTA, 2, 0)])
    assert lost.values() == {"a": 1}
    assert [each.value for each in lost.conflicts()["a"]] == [REMOVED]
    won = merged([Step(written({"a": 1}), 1, ALICE, 1, 0), Step(written({}, "a"), 2, BERTA, 2, 0)])
    assert won.values() == {}
    assert [each.value for each in won.conflicts()["a"]] == [1]


def test_one_and_true_are_two_values() -> None:
    steps = [Step(written({"a": 1}), 1, ALICE, 1, 0), Step(written({"a": True}), 1, BERTA, 2, 0)]
    assert len(merged(steps).conflicts()["a"]) == 1
    assert merged(steps).encode() == merged(reversed(steps)).encode()


def test_an_overtaken_witness_still_counts() -> None:
    # y saw x and fell to z of its own device, which claims less: x stays seen all the same.
    x = Step(written({"a": "x"}), 1, ALICE, 1, 0)
    y = Step(written({"a": "y"}), 2, BERTA, 2, 1)
    z = Step(written({"a": "z"}), 3, BERTA, 3, 0)
    for order in ([x, y, z], [z, y, x], [y, z, x]):
        state = merged(order)
        assert [each.value for each in state.fields["a"]] == ["z"]


def test_unknown_types_fields_and_codes_survive() -> None:
    fields: dict[str, Canonical] = {"shift_band": "twilight", "aura": {"colours": ["ultraviolet", b"\0"], "n": -1}}
    state = merged([Step(written(fields, kind="séance", version=99), 1, ALICE, 1, 0)])
    edited = merge_change(
        RecordState.decode(state.encode()),
        written({"shift_band": "day"}, kind="séance", version=99),
        stamp=2,
        device=BERTA,
        position=2,
        seen=1,
    )
    assert edited.values() == {**fields, "shift_band": "day"}
    assert (edited.type, edited.version) == ("séance", 99)


def test_nothing_has_seen_its_own_position() -> None:
    with pytest.raises(ValueError, match="own position"):
        merge_change(None, written({"a": 1}), stamp=1, device=ALICE, position=3, seen=3)
