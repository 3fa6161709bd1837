"""From edits to flushes and from entries to records: two phones, one space, any order of events."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.public.encoding import Canonical, encode
from device import landing
from device.pending import overlay, stage
from sync.device.changes import Change, Content, ContentError, Group, Origin
from sync.device.merge import RecordState
from tests.device.local import Local, Space, local_phone

RECORD = b"r" * 16
RECORDS = (b"1" * 16, b"2" * 16)
LOG = b"L" * 32


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Local]:
    with local_phone(tmp_path) as made:
        made.follow(Space(LOG))
        yield made


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Local, Local]]:
    folder = tmp_path_factory.mktemp("pair")
    with local_phone(folder / "a") as one, local_phone(folder / "b") as other:
        yield one, other


def write(phone: Local, log: bytes, fields: dict[str, Canonical], *removed: str, record: bytes = RECORD) -> None:
    change = Change(record, "contact", 1, deleted=False, fields=fields, removed=removed)
    with phone.vault.write() as connection:
        stage(connection, log, change)


def delete(phone: Local, log: bytes, record: bytes = RECORD) -> None:
    with phone.vault.write() as connection:
        stage(connection, log, Change(record, "contact", 1, deleted=True, fields={}, removed=()))


def reach(phone: Local, position: int) -> None:
    with phone.vault.write() as connection:
        connection.execute("UPDATE logs SET position = ? WHERE log = ?", (position, LOG))


def taken(phone: Local, stamp: int = 1) -> list[Group]:
    return landing.take_pending(phone.vault.read(), LOG, stamp)


def flushed(phone: Local, sequence: int, stamp: int) -> None:
    with phone.vault.write() as connection:
        landing.mark_flushed(connection, LOG, sequence, stamp)


def land(phone: Local, position: int, *groups: Group, seen: int = 0, device: bytes = b"D" * 32) -> None:
    with phone.vault.write() as connection:
        landing.land(connection, LOG, position, device, seen, Content(0, groups))


def said(fields: dict[str, Canonical], *, stamp: int = 1, seen: int = 0, origin: Origin | None = None) -> Group:
    change = Change(RECORD, "contact", 1, deleted=False, fields=fields, removed=())
    return Group(origin, stamp, seen, (change,))


def landed_values(phone: Local) -> dict[str, Canonical]:
    return RecordState.decode(phone.one("SELECT state FROM records WHERE log = ?", LOG)).values()


def test_edits_before_a_flush_are_one_change_that_saw_what_the_first_had(phone: Local) -> None:
    write(phone, LOG, {"a": 1, "b": 1})
    reach(phone, 5)
    write(phone, LOG, {"a": 2, "c": 3}, "b")
    groups = taken(phone)
    assert [(group.seen, group.changes[0].fields, group.changes[0].removed) for group in groups] == [
        (0, {"a": 2}, ("b",)),
        (5, {"c": 3}, ()),
    ]
    assert {group.stamp for group in groups} == {1}


def test_a_removed_field_may_be_set_again(phone: Local) -> None:
    write(phone, LOG, {"a": 1})
    write(phone, LOG, {}, "a")
    write(phone, LOG, {"a": 2})
    assert taken(phone)[0].changes == (Change(RECORD, "contact", 1, deleted=False, fields={"a": 2}, removed=()),)


def test_a_record_without_fields_is_named(phone: Local) -> None:
    write(phone, LOG, {})
    assert taken(phone)[0].changes == (Change(RECORD, "contact", 1, deleted=False, fields={}, removed=()),)


def test_deleting_what_never_left_the_phone_leaves_no_trace(phone: Local) -> None:
    write(phone, LOG, {"a": 1})
    delete(phone, LOG)
    assert taken(phone) == []
    assert phone.one("SELECT COUNT(*) FROM pending") == 0


def test_what_was_deleted_unsent_and_comes_from_a_life_before_a_restored_backup_is_deleted_there(phone: Local) -> None:
    write(phone, LOG, {"a": 1})
    delete(phone, LOG)
    land(phone, 1, said({"a": 1}))
    [group] = taken(phone, 2)
    assert group.changes == (Change(RECORD, "contact", 1, deleted=True, fields={}, removed=()),)
    flushed(phone, 1, 2)
    land(phone, 2, said({"a": 2}, stamp=2))
    assert taken(phone, 3) == []


def test_deleting_what_was_sealed_or_has_landed_is_told(phone: Local) -> None:
    write(phone, LOG, {"a": 1})
    flushed(phone, 1, 1)
    write(phone, LOG, {"a": 2})
    delete(phone, LOG)
    [group] = taken(phone, 2)
    assert group.changes == (Change(RECORD, "contact", 1, deleted=True, fields={}, removed=()),)


def test_an_edit_after_a_flush_is_a_change_of_its_own(phone: Local) -> None:
    write(phone, LOG, {"a": 1})
    flushed(phone, 1, 1)
    write(phone, LOG, {"a": 2})
    [group] = taken(phone, 2)
    assert (group.stamp, group.changes[0].fields) == (2, {"a": 2})
    with phone.vault.write() as connection:
        landing.landed(connection, LOG, 1)
    assert taken(phone, 2) == [group]


def test_what_is_sealed_again_keeps_its_stamp_and_goes_alone_and_first(phone: Local) -> None:
    for stamp in (1, 2, 3):
        write(phone, LOG, {"a": stamp})
        if stamp < 3:
            flushed(phone, stamp, stamp)
    with phone.vault.write() as connection:
        landing.unflush(connection, LOG, 2)
        landing.unflush(connection, LOG, 1)
    order = []
    for sequence in (11, 12, 13):
        [group] = taken(phone, 3)
        order.append((group.stamp, group.changes[0].fields["a"]))
        flushed(phone, sequence, group.stamp)
    assert order == [(1, 1), (2, 2), (3, 3)]
    assert taken(phone, 4) == []


def test_what_is_sealed_again_takes_no_other_stamp(phone: Local) -> None:
    write(phone, LOG, {"a": 1})
    flushed(phone, 1, 1)
    with phone.vault.write() as connection:
        landing.unflush(connection, LOG, 1)
    with pytest.raises(ValueError, match="stamp 1"):
        flushed(phone, 2, 2)


def test_landing_merges_groups_with_their_origins(phone: Local) -> None:
    land(
        phone, 5, said({"a": "new"}, stamp=7, seen=4), said({"a": "old"}, stamp=2, origin=Origin(b"E" * 32, 3)), seen=4
    )
    state = RecordState.decode(phone.one("SELECT state FROM records WHERE log = ?", LOG))
    assert {(each.value, each.device, each.position) for each in state.fields["a"]} == {("new", b"D" * 32, 5)}
    land(phone, 6, said({"b": "kept"}, stamp=2, origin=Origin(b"E" * 32, 3)), seen=4)
    assert landed_values(phone) == {"a": "new", "b": "kept"}


def test_landing_twice_is_landing_once(phone: Local) -> None:
    land(phone, 5, said({"a": 1}, stamp=7, seen=4), seen=4)
    before = phone.one("SELECT state FROM records")
    land(phone, 5, said({"a": 1}, stamp=7, seen=4), seen=4)
    assert phone.one("SELECT state FROM records") == before


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        (said({"a": 1}, stamp=5 + 2**20 + 1), "stamp"),
        (said({"a": 1}, seen=4), "seen"),
        (said({"a": 1}, origin=Origin(b"E" * 32, 5)), "origin"),
    ],
)
def test_a_misplaced_group_changes_nothing(phone: Local, group: Group, reason: str) -> None:
    with pytest.raises(ContentError) as refused:
        land(phone, 5, said({"a": 0}), group, seen=3)
    assert refused.value.reason == reason
    assert phone.one("SELECT COUNT(*) FROM records") == 0


def test_logs_do_not_mix(phone: Local) -> None:
    other = Space(b"M" * 32)
    phone.follow(other)
    write(phone, LOG, {"a": 1})
    write(phone, other.log, {"a": 2})
    flushed(phone, 1, 1)
    assert len(landing.take_pending(phone.vault.read(), other.log, 1)) == 1
    with phone.vault.write() as connection:
        landing.landed(connection, other.log, 1)
    assert phone.one("SELECT COUNT(*) FROM pending WHERE log = ?", LOG) == 1


ACTIONS = st.sampled_from(["write", "write", "write", "remove", "delete", "push", "pull", "refuse"])
SCRIPT = st.lists(
    st.tuples(ACTIONS, st.integers(0, 1), st.sampled_from(RECORDS), st.sampled_from("ab"), st.integers(0, 3)),
    max_size=25,
)
numbers = count()


def perform(phone: Local, space: Space, action: str, record: bytes, field: str, value: int) -> None:
    match action:
        case "write":
            write(phone, space.log, {field: value}, record=record)
        case "remove":
            write(phone, space.log, {}, field, record=record)
        case "delete" if value == 0:
            delete(phone, space.log, record)
        case "push":
            phone.push(space)
        case "pull":
            phone.pull(space)
        case "refuse":
            # Sealed, refused for its epoch, dropped: the changes wait to be sealed again.
            sequences = [sequence for sequence, *_ in phone.flush(space)]
            with phone.vault.write() as connection:
                for sequence in sequences:
                    landing.unflush(connection, space.log, sequence)


@given(SCRIPT)
def test_two_phones_end_with_the_same_records(
    pair: tuple[Local, Local], script: list[tuple[str, int, bytes, str, int]]
) -> None:
    space = Space(next(numbers).to_bytes(32, "big"))
    for phone in pair:
        phone.follow(space)
    for action, at, record, field, value in script:
        perform(pair[at], space, action, record, field, value)
    # What one deleted before it left, the other may have sent: that is deleted in the second round.
    for _ in range(2):
        for phone in pair:
            phone.push(space)
        for phone in pair:
            phone.pull(space)
    for phone in pair:
        assert phone.one("SELECT COUNT(*) FROM pending WHERE log = ?", space.log) == 0
    assert pair[0].states(space) == pair[1].states(space)


@given(SCRIPT)
def test_a_phone_shows_what_will_be_if_its_own_changes_land_next(
    pair: tuple[Local, Local], script: list[tuple[str, int, bytes, str, int]]
) -> None:
    space, phone = Space(next(numbers).to_bytes(32, "big")), pair[0]
    for each in pair:
        each.follow(space)
    for action, at, record, field, value in script:
        perform(pair[at], space, action, record, field, value)
    phone.pull(space)

    def shown() -> list[tuple[bytes, object]]:
        found: list[tuple[bytes, object]] = []
        for record in RECORDS:
            blob = phone.one("SELECT state FROM records WHERE log = ? AND record = ?", space.log, record)
            landed = None if blob is None else RecordState.decode(blob)
            state = overlay(phone.vault.read(), space.log, phone.device, record, landed)
            if state is not None:
                found.append((encode([state.values(), state.deleted]), state.conflicts().keys()))
        return found

    before = shown()
    phone.push(space)
    phone.pull(space)
    assert shown() == before
