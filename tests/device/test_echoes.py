"""What others had said again first: once that is void, this phone says it after all, and nothing else, and once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.public.encoding import Canonical, decode
from crypto.public.signing import SigningKey
from device import echoes, landing, reauthoring
from device.keyring import hold_key
from device.ledger import store_entries
from device.opening import land_entry
from device.pending import stage
from device.rebuilding import rebuild
from device.reserved import ACCOUNT_KEYS
from sync.device.author import Place, plaintexts, seal_entry
from sync.device.changes import Change, Group, Origin
from sync.device.merge import RecordState
from sync.device.replica import Placed
from sync.log import ZERO, Cursor
from tests.device.local import Local, Space, local_phone
from tests.device.test_reauthoring import DEVICES, RECORDS, History, check_same, histories, states

LOG, KEY = b"L" * 32, b"k" * 32
ONE, OTHER = RECORDS
THIEF, FRIEND = b"T" * 32, b"F" * 32
SIGNING = SigningKey.from_seed(b"s" * 32)

Entry = tuple[bytes, bytes, int, int, dict[str, Canonical], tuple[str, ...], bool]
"""One of a `History`."""
Waiting = list[tuple[bytes, str | None, Canonical | None, int]]
"""Record, field, value and stamp of what is to be said again."""


class Scene:
    """One space as a phone knows it that goes over to another history, and what is written there then."""

    def __init__(self, phone: Local) -> None:
        self.phone = phone
        self.position = 0
        self.void = frozenset[int]()

    def begin(self, history: History, shared: int) -> None:
        """The phone had all of `history`, and is about to say again what stood by entries above `shared`."""
        self.position, self.void = 0, frozenset()
        with self.phone.vault.write() as connection:
            for table in ("pending", "entries", "echoes", "records", "heard"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("UPDATE logs SET position = 0, stamp = 0 WHERE log = ?", (LOG,))
            hold_key(connection, LOG, 1, KEY)
            for device, record, stamp, seen, fields, removed, deleted in history[:shared]:
                change = Change(record, "contact", 1, deleted, fields, removed)
                self._lands(connection, device, Group(None, stamp, seen, (change,)))
            reauthoring.stage_again(connection, LOG, states(history), states(history[:shared]), shared)

    def says(self, device: bytes, *groups: Group) -> int:
        """An entry of a device lands; its position."""
        with self.phone.vault.write() as connection:
            self._lands(connection, device, *groups)
        return self.position

    def _lands(self, connection: Any, device: bytes, *groups: Group) -> None:
        before, self.position = self.position, self.position + 1
        (plaintext,) = plaintexts(0, groups)
        place = Place(LOG, device, self.position, ZERO, Cursor(before, ZERO), Cursor(1, ZERO))
        entry = seal_entry(place, 1, KEY, plaintext, SIGNING, os.urandom)
        store_entries(connection, LOG, [Placed(self.position, ZERO, entry)])
        land_entry(connection, LOG, self.position, entry, self.void)
        connection.execute("UPDATE logs SET position = ? WHERE log = ?", (self.position, LOG))

    def becomes_void(self, *positions: int) -> None:
        self.void |= set(positions)
        with self.phone.vault.write() as connection:
            rebuild(connection, LOG, self.void, self.position)
            echoes.stage(connection, LOG, set(positions))

    def erase(self, position: int) -> None:
        with self.phone.vault.write() as connection:
            connection.execute("UPDATE entries SET body = NULL WHERE log = ? AND position = ?", (LOG, position))

    def waiting(self) -> Waiting:
        rows = self.phone.vault.read().execute("SELECT record, field, value, stamp FROM pending WHERE again = 1")
        found = [(record, field, value and decode(value), stamp) for record, field, value, stamp in rows]
        return sorted(found, key=repr)

    def speaks(self) -> list[Sequence[Group]]:
        """The phone seals what waits, entry by entry, and all of it lands."""
        said = list[Sequence[Group]]()
        while True:
            with self.phone.vault.write() as connection:
                batch = reauthoring.take_again(connection, LOG)
                reauthoring.mark_again(connection, batch, self.position + 1)
            if not batch.groups:
                return said
            said.append(batch.groups)
            self.says(self.phone.device, *batch.groups)
            with self.phone.vault.write() as connection:
                landing.landed(connection, LOG, self.position)

    def state(self, record: bytes = ONE) -> RecordState | None:
        rows = self.phone.vault.read().execute("SELECT state FROM records WHERE record = ?", (record,)).fetchall()
        return RecordState.decode(rows[0][0]) if rows else None

    def values(self) -> set[Canonical]:
        """All values of field `a` of the first record that stand."""
        state = self.state()
        return {each.value for each in state.fields.get("a", ())} if state else set()  # type: ignore[misc]

    def heard(self) -> int:
        return int(self.phone.one("SELECT COUNT(*) FROM echoes"))


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with local_phone(tmp_path_factory.mktemp("echoes")) as made:
        made.follow(Space(LOG))
        yield made


@pytest.fixture
def scene(phone: Local) -> Scene:
    return Scene(phone)


def said(
    fields: Mapping[str, Canonical], *, stamp: int = 5, seen: int = 0, record: bytes = ONE, kind: str = "contact"
) -> Group:
    return Group(None, stamp, seen, (Change(record, kind, 1, False, dict(fields), ()),))


def deletion(stamp: int = 5, seen: int = 0) -> Group:
    return Group(None, stamp, seen, (Change(ONE, "contact", 1, True, {}, ()),))


def wrote(device: bytes, stamp: int, seen: int, fields: dict[str, Canonical], *, deleted: bool = False) -> Entry:
    return device, ONE, stamp, seen, fields, (), deleted


LOST: History = [(DEVICES[0], ONE, 5, 0, {"a": 1}, (), False)]


def test_what_a_thief_said_first_is_said_when_it_is_void(scene: Scene) -> None:
    scene.begin(LOST, 0)
    at = scene.says(THIEF, said({"a": 1}))
    assert (scene.waiting(), scene.heard(), scene.values()) == ([], 1, {1})
    scene.becomes_void(at)
    assert (scene.waiting(), scene.heard(), scene.values()) == ([(ONE, "a", 1, 5)], 0, set())
    scene.speaks()
    assert (scene.waiting(), scene.heard(), scene.values()) == ([], 0, {1})


def test_what_this_phone_was_never_about_to_say_is_a_thiefs_alone(scene: Scene) -> None:
    scene.begin(LOST, 0)
    scene.becomes_void(scene.says(THIEF, said({"a": 1, "b": 2}), said({"a": 3}, record=OTHER)))
    assert scene.waiting() == [(ONE, "a", 1, 5)]


def test_nothing_is_said_while_what_was_said_first_stands(scene: Scene) -> None:
    scene.begin(LOST, 0)
    scene.says(FRIEND, said({"a": 1}))
    scene.becomes_void(scene.says(THIEF, said({"a": 1}, stamp=6, seen=1)))
    assert (scene.waiting(), scene.heard(), scene.values()) == ([], 1, {1})


def test_who_says_it_and_becomes_void_too_is_said_again_once_more(scene: Scene) -> None:
    scene.begin(LOST, 0)
    scene.becomes_void(scene.says(THIEF, said({"a": 1})))
    second = scene.says(FRIEND, said({"a": 1}))
    assert (scene.waiting(), scene.speaks()) == ([], [])
    scene.becomes_void(second)
    scene.speaks()
    assert scene.values() == {1}


def test_what_was_written_over_since_stays_written_over(scene: Scene) -> None:
    scene.begin(LOST, 0)
    at = scene.says(THIEF, said({"a": 1}))
    scene.says(FRIEND, said({"a": 2}, stamp=6, seen=at))
    scene.becomes_void(at)
    assert (scene.waiting(), scene.values()) == ([], {2})


def test_what_is_written_over_here_and_not_sent_yet_is_not_said(scene: Scene) -> None:
    scene.begin(LOST, 0)
    at = scene.says(THIEF, said({"a": 1}))
    with scene.phone.vault.write() as connection:
        stage(connection, LOG, Change(ONE, "contact", 1, False, {"a": 2}, ()))
    scene.becomes_void(at)
    assert scene.waiting() == []


def test_a_conflict_with_this_phones_own_word_stays_one(scene: Scene) -> None:
    """Of two entries of one device the later hides the earlier, so its own word goes along."""
    own = scene.phone.device
    scene.begin([wrote(own, 4, 0, {"a": 1, "b": 1}), wrote(FRIEND, 5, 0, {"a": 2})], 1)
    scene.becomes_void(scene.says(THIEF, said({"a": 2})))
    assert scene.waiting() == [(ONE, "a", 2, 5)]
    assert scene.values() == {1}
    (groups,) = scene.speaks()
    assert scene.values() == {1, 2}
    assert [(group.stamp, change.fields) for group in groups for change in group.changes] == [
        (4, {"a": 1}),
        (5, {"a": 2}),
    ]


def test_its_own_word_is_not_said_alone_when_another_was_faster(scene: Scene) -> None:
    """It stands already: said again, it would come back where somebody has written over it meanwhile (seed 300060)."""
    own = scene.phone.device
    scene.begin([wrote(own, 4, 0, {"a": 1}), wrote(FRIEND, 5, 0, {"a": 2})], 1)
    scene.becomes_void(scene.says(THIEF, said({"a": 2})))
    scene.says(FRIEND, said({"a": 2}))
    assert (scene.waiting(), scene.speaks()) == ([], [])
    assert scene.values() == {1, 2}


def test_its_own_word_goes_along_only_while_it_stands(scene: Scene) -> None:
    own = scene.phone.device
    scene.begin([wrote(own, 4, 0, {"a": 1}), wrote(FRIEND, 5, 0, {"a": 2})], 1)
    scene.becomes_void(scene.says(THIEF, said({"a": 2})))
    scene.says(FRIEND, said({"a": 3}, stamp=6, seen=1))
    scene.speaks()
    assert scene.values() == {2, 3}


def test_a_deletion_that_is_void_is_said_again(scene: Scene) -> None:
    history: History = [wrote(FRIEND, 4, 0, {"a": 1}), wrote(FRIEND, 5, 1, {}, deleted=True)]
    scene.begin(history, 1)
    at = scene.says(THIEF, deletion())
    scene.becomes_void(at)
    assert scene.values() == {1}
    assert scene.waiting() == [(ONE, None, None, 5)]
    scene.speaks()
    state = scene.state()
    assert state is not None
    assert state.deleted


def test_of_a_record_that_is_deleted_nothing_is_said(scene: Scene) -> None:
    scene.begin(LOST, 0)
    at = scene.says(THIEF, said({"a": 1}))
    scene.says(FRIEND, deletion(6, at))
    scene.becomes_void(at)
    assert (scene.waiting(), scene.speaks()) == ([], [])


def test_a_record_without_fields_is_named_again(scene: Scene) -> None:
    scene.begin([wrote(FRIEND, 5, 0, {})], 0)
    scene.becomes_void(scene.says(THIEF, said({})))
    assert scene.state() is None
    scene.speaks()
    assert scene.state() is not None


def test_account_keys_are_read_from_void_entries_and_never_said(scene: Scene) -> None:
    scene.begin([], 0)
    state = RecordState(ACCOUNT_KEYS, 1, (5, FRIEND, 1), deleted=False, layers=())
    with scene.phone.vault.write() as connection:
        reauthoring.stage_again(connection, LOG, {ONE: state}, {}, 0)
    at = scene.says(THIEF, said({}, kind=ACCOUNT_KEYS))
    assert scene.heard() == 1
    scene.becomes_void(at)
    assert scene.waiting() == []


def test_of_a_body_that_was_erased_nothing_can_be_said(scene: Scene) -> None:
    """Only digests are kept, and what another entry said is said all the same."""
    history: History = [*LOST, (DEVICES[0], OTHER, 6, 0, {"a": 2}, (), False)]
    scene.begin(history, 0)
    erased, other = scene.says(THIEF, said({"a": 1})), scene.says(THIEF, said({"a": 2}, stamp=6, record=OTHER))
    scene.erase(erased)
    scene.becomes_void(erased, other)
    assert scene.waiting() == [(OTHER, "a", 2, 6)]


def test_what_a_repack_said_for_an_entry_hangs_on_both(scene: Scene) -> None:
    for gone in (0, 1):
        scene.begin([], 0)
        first = scene.says(FRIEND, said({"a": 1}))
        with scene.phone.vault.write() as connection:
            reauthoring.stage_again(connection, LOG, states(LOST), {}, 0)
        second = scene.says(THIEF, said({"a": 1})._replace(origin=Origin(FRIEND, first)))
        assert (scene.waiting(), scene.heard()) == ([], 2)
        scene.becomes_void((first, second)[gone])
        # A repack says nothing for an entry that is void; and without the repack the entry itself still says it.
        assert scene.waiting() == ([] if gone else [(ONE, "a", 1, 5)])


def test_what_is_set_aside_itself_is_no_echo_any_more(scene: Scene) -> None:
    scene.begin([*LOST, (DEVICES[0], OTHER, 6, 0, {"a": 2}, (), False)], 0)
    scene.says(THIEF, said({"a": 1}))
    at = scene.says(THIEF, said({"a": 2}, stamp=6, record=OTHER))
    with scene.phone.vault.write() as connection:
        echoes.forget(connection, LOG, at - 1)
    assert scene.heard() == 1
    with scene.phone.vault.write() as connection:
        echoes.forget(connection, LOG, 0)
    assert scene.heard() == 0


def stamped(history: History) -> History:
    """With the stamps that honest phones give: one above the highest that each has read or written."""
    done: History = []
    for device, record, _, seen, fields, removed, deleted in history:
        read = [each[2] for at, each in enumerate(done, 1) if at <= seen or each[0] == device]
        done.append((device, record, max(read, default=0) + 1, seen, fields, removed, deleted))
    return done


@example((LOST, 0), False)
@given(histories(), st.booleans())
def test_everything_that_stood_stands_again_after_a_thief_had_said_it(
    phone: Local, drawn: tuple[History, int], own: bool
) -> None:
    history, shared = stamped(drawn[0]), drawn[1]
    if own:
        history = [(phone.device if each[0] == DEVICES[0] else each[0], *each[1:]) for each in history]
    before, scene = states(history), Scene(phone)
    scene.begin(history, shared)
    thefts = list[int]()
    while scene.waiting():
        with phone.vault.write() as connection:
            groups = reauthoring.take_again(connection, LOG).groups
        thefts.append(scene.says(THIEF, *groups))
    scene.becomes_void(*thefts)
    said_again = scene.speaks()
    assert scene.waiting() == []
    assert thefts or not said_again
    for record, state in before.items():
        check_same(state, scene.state(record), states(history[:shared]).get(record), shared)
