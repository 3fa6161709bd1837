"""What entries set aside had said, said again: nothing is lost, nothing said twice, conflicts stay conflicts."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.public.encoding import Canonical, encode
from device import landing, reauthoring
from device.pending import overlay
from sync.device.changes import Change, Content, Group, check_place, decode_content, encode_content
from sync.device.merge import REMOVED, RecordState, merge_change
from tests.device.local import Local, Space, local_phone

LOG = b"L" * 32
RECORDS = (b"1" * 16, b"2" * 16)
DEVICES = (b"A" * 32, b"B" * 32, b"C" * 32)

History = list[tuple[bytes, bytes, int, int, dict[str, Canonical], tuple[str, ...], bool]]
"""device, record, stamp, seen, fields, removed, deleted: an entry each, in the order of their positions"""


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with local_phone(tmp_path_factory.mktemp("again")) as made:
        made.follow(Space(LOG))
        yield made


@st.composite
def histories(draw: st.DrawFn) -> tuple[History, int]:
    """A space of up to eight entries, and the last position that another branch shares."""
    history: History = []
    last = dict.fromkeys(DEVICES, 0)
    for position in range(1, draw(st.integers(1, 8)) + 1):
        device = draw(st.sampled_from(DEVICES))
        seen = last[device] = draw(st.integers(last[device], position - 1))
        fields: dict[str, Canonical] = draw(st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=2))
        gone = tuple(sorted(draw(st.sets(st.sampled_from("abc"), max_size=1)) - set(fields)))
        deleted = draw(st.integers(0, 9)) == 0
        stamp = draw(st.integers(1, 12))
        change = ({}, (), True) if deleted else (fields, gone, False)
        history.append((device, draw(st.sampled_from(RECORDS)), stamp, seen, *change))
    return history, draw(st.integers(0, len(history)))


def states(history: History, void: Collection[int] = ()) -> dict[bytes, RecordState]:
    found: dict[bytes, RecordState] = {}
    for position, (device, record, stamp, seen, fields, gone, deleted) in enumerate(history, 1):
        if position in void:
            continue
        change = Change(record, "contact", 1, deleted, fields, gone)
        found[record] = merge_change(
            found.get(record), change, stamp=stamp, device=device, position=position, seen=seen
        )
    return found


def standing(state: RecordState | None) -> object:
    """Everything a person could be shown of a record."""
    if state is None or state.deleted:
        return state and state.deleted
    return {
        name: {None if each.value is REMOVED else encode(each.value) for each in all_}
        for name, all_ in state.fields.items()
    }


def check_same(before: RecordState, now: RecordState | None, cut: RecordState | None, shared: int) -> None:
    """All that stood stands, and nothing else; but beside a shared change another shared one may stand again."""
    was, is_, had = standing(before), standing(now), standing(cut)
    if not isinstance(was, dict) or not isinstance(is_, dict):
        assert was == is_
        return
    assert was.keys() == is_.keys()
    for name, values in was.items():
        assert values <= is_[name]
        beside = {each.position > shared for each in before.fields[name]}
        if len(beside) == 1 or not isinstance(had, dict):
            assert is_[name] == values
        else:
            assert is_[name] <= values | had[name]


def clean(phone: Local, history: History, shared: int) -> None:
    with phone.vault.write() as connection:
        connection.execute("DELETE FROM pending")
        connection.execute("UPDATE logs SET position = ? WHERE log = ?", (shared, LOG))
        replace_records(connection, states(history[:shared]))


def replace_records(connection: Any, found: dict[bytes, RecordState]) -> None:
    connection.execute("DELETE FROM records")
    rows = [(LOG, record, state.type, state.deleted, state.encode()) for record, state in found.items()]
    connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)


def stage(phone: Local, history: History, shared: int) -> None:
    with phone.vault.write() as connection:
        reauthoring.stage_again(connection, LOG, states(history), states(history[:shared]), shared)


def landed(phone: Local) -> dict[bytes, RecordState]:
    rows = phone.vault.read().execute("SELECT record, state FROM records").fetchall()
    return {record: RecordState.decode(state) for record, state in rows}


def say(phone: Local, shared: int) -> list[Content]:
    """Seal all that waits, and let it come back."""
    entries = []
    with phone.vault.write() as connection:
        while (batch := reauthoring.take_again(connection, LOG)).groups:
            entries.append(decode_content(encode_content(Content(0, tuple(batch.groups)))))
            reauthoring.mark_again(connection, batch, len(entries))
        for position, content in enumerate(entries, shared + 1):
            check_place(content, position, shared)
            landing.land(connection, LOG, position, phone.device, shared, content)
            landing.landed(connection, LOG, position - shared)
    return entries


@example(
    ([(DEVICES[0], RECORDS[0], 1, 0, {"a": 1}, (), False), (DEVICES[1], RECORDS[0], 1, 0, {"a": 2}, (), False)], 1),
    True,
)
@given(histories(), st.booleans())
def test_everything_that_stood_stands_again(phone: Local, drawn: tuple[History, int], own: bool) -> None:
    """Also beside what this phone had said itself: of two entries of one device the later hides the earlier."""
    history, shared = drawn
    if own:
        history = [(phone.device if each[0] == DEVICES[0] else each[0], *each[1:]) for each in history]
    before = states(history)
    clean(phone, history, shared)
    stage(phone, history, shared)
    # Until it is sealed, while it waits, and once it has landed the phone shows what it always showed.
    shown = {one: overlay(phone.vault.read(), LOG, phone.device, one, landed(phone).get(one)) for one in before}
    for one, state in before.items():
        check_same(state, shown[one], states(history[:shared]).get(one), shared)
    say(phone, shared)
    assert phone.one("SELECT COUNT(*) FROM pending") == 0
    for one, state in before.items():
        check_same(state, landed(phone).get(one), states(history[:shared]).get(one), shared)


@given(histories())
def test_two_phones_say_it_once_whoever_is_first(phone: Local, drawn: tuple[History, int]) -> None:
    history, shared = drawn
    clean(phone, history, shared)
    stage(phone, history, shared)
    stage(phone, history, shared)
    entries = say(phone, shared)
    clean(phone, history, shared)
    stage(phone, history, shared)
    with phone.vault.write() as connection:
        for position, content in enumerate(entries, shared + 1):
            landing.land(connection, LOG, position, b"Z" * 32, shared, content)
    assert phone.one("SELECT COUNT(*) FROM pending") == 0


def test_an_entry_that_both_branches_have_takes_nothing_away(phone: Local) -> None:
    """A shared entry may have said the same under the same stamp before somebody overwrote it."""
    history: History = [
        (DEVICES[0], RECORDS[0], 5, 0, {"a": 1}, (), False),
        (DEVICES[1], RECORDS[0], 6, 1, {"a": 2}, (), False),
        (DEVICES[2], RECORDS[0], 5, 2, {"a": 1}, (), False),
    ]
    clean(phone, history, 2)
    stage(phone, history, 2)
    again = Content(0, (Group(None, 5, 0, (Change(RECORDS[0], "contact", 1, False, {"a": 1}, ()),)),))
    with phone.vault.write() as connection:
        reauthoring.drop_said(connection, LOG, 1, again, ())
    assert phone.one("SELECT COUNT(*) FROM pending") == 1


def test_much_goes_in_several_entries_and_a_record_never_in_two(phone: Local) -> None:
    value = "x" * 60_000
    history: History = [
        (DEVICES[at % 2], bytes([at // 2 + 1]) * 16, at + 1, 0, {"a": f"{at} {value}"}, (), False) for at in range(20)
    ]
    clean(phone, history, 0)
    stage(phone, history, 0)
    entries = say(phone, 0)
    assert len(entries) > 2
    said = [{change.record for group in one.groups for change in group.changes} for one in entries]
    assert sum(map(len, said)) == len(set().union(*said)) == 10
    assert all(len(state.conflicts()["a"]) == 1 for state in landed(phone).values())


@given(histories())
def test_what_stood_of_former_keys_stands_again_under_new_ones(phone: Local, drawn: tuple[History, int]) -> None:
    """Beside it may stand again what the phone had written before, under the same keys, and that is not void."""
    history, accepted = drawn
    former = DEVICES[0]
    mine = {at for at, entry in enumerate(history, 1) if entry[0] == former and at > accepted}
    before, cut = states(history), states(history, void=mine)
    clean(phone, history, len(history))
    with phone.vault.write() as connection:
        replace_records(connection, cut)
        reauthoring.stage_own(connection, LOG, before, mine, {former})
    say(phone, len(history))
    now = landed(phone)
    assert phone.one("SELECT COUNT(*) FROM pending") == 0
    assert now.keys() == before.keys()
    for one, state in before.items():
        was, is_, had = standing(state), standing(now[one]), standing(cut.get(one))
        if not isinstance(was, dict) or not isinstance(is_, dict):
            assert was == is_
            continue
        for name, values in was.items():
            left = had.get(name, set()) if isinstance(had, dict) else set()
            assert values <= is_[name] <= values | left


def test_what_this_phone_wrote_since_is_not_overwritten_by_what_it_says_again(phone: Local) -> None:
    """As the later word of one device the older value would win, and nobody would see the newer one again."""
    old, other = {"a": 1, "b": 1}, phone.device
    history: History = [
        (DEVICES[0], RECORDS[0], 1, 0, dict(old), (), False),
        (other, RECORDS[0], 2, 0, {"a": 2}, (), False),
    ]
    clean(phone, history, 2)
    with phone.vault.write() as connection:
        connection.execute(
            "INSERT INTO pending (log, record, type, version, deleted, field, value, removed, seen)"
            " VALUES (?, ?, 'contact', 1, 0, 'c', ?, 0, 0)",
            (LOG, RECORDS[0], encode(3)),
        )
        before = states([(DEVICES[0], RECORDS[0], 1, 0, {**old, "c": 1}, (), False), history[1]])
        reauthoring.stage_own(connection, LOG, before, {1}, {DEVICES[0]})
    rows = phone.vault.read().execute("SELECT field FROM pending WHERE again = 1").fetchall()
    assert rows == [("b",)]
