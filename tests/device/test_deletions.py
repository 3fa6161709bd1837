"""Who deleted a record, whoever named it last."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from device import deletions
from device.tables import migrate
from sync.device.changes import Change, Content, Group, Origin

LOG, RECORD, ADA, BO = b"l" * 32, b"r" * 16, b"a" * 32, b"b" * 32
DELETED = Change(RECORD, "contact", 1, deleted=True, fields={}, removed=())
EDITED = Change(RECORD, "contact", 1, deleted=False, fields={"disposition": "info_given"}, removed=())


@pytest.fixture
def connection() -> Iterator[Any]:
    opened = sqlcipher.connect(":memory:", isolation_level=None)
    migrate(opened)
    yield opened
    opened.close()


def land(connection: Any, position: int, device: bytes, *groups: Group, void: frozenset[int] = frozenset()) -> None:
    deletions.note(connection, LOG, position, device, Content(1, groups), void)


def test_a_deletion_is_its_author_s_also_where_a_repack_says_it(connection: Any) -> None:
    land(connection, 3, ADA, Group(None, 5, 2, (DELETED,)))
    land(connection, 9, BO, Group(Origin(ADA, 3), 5, 0, (DELETED,)), Group(None, 8, 1, (EDITED,)))
    (tombstone,) = deletions.by(connection, LOG, {3: ADA}).values()
    assert (tombstone.deleted, tombstone.named, tombstone.layers) == (True, (5, ADA, 3), ())
    assert deletions.by(connection, LOG, {3: BO}) == deletions.by(connection, LOG, {9: BO}) == {}


def test_what_a_repack_says_for_a_void_entry_is_no_deletion(connection: Any) -> None:
    land(connection, 9, BO, Group(Origin(ADA, 3), 5, 0, (DELETED,)), void=frozenset({3}))
    assert deletions.by(connection, LOG, {3: ADA, 9: BO}) == {}


def test_of_several_the_one_with_the_highest_stamp_names_the_record(connection: Any) -> None:
    land(connection, 4, BO, Group(None, 7, 3, (DELETED,)))
    land(connection, 5, ADA, Group(None, 6, 3, (DELETED,)))
    assert deletions.by(connection, LOG, {4: BO, 5: ADA})[RECORD].named == (7, BO, 4)
    assert deletions.by(connection, LOG, {5: ADA})[RECORD].named == (6, ADA, 5)


def test_what_stood_above_the_shared_position_is_forgotten(connection: Any) -> None:
    """On the other history the same device may have written something else there."""
    land(connection, 4, ADA, Group(None, 7, 3, (DELETED,)))
    deletions.forget(connection, LOG, 4)
    assert RECORD in deletions.by(connection, LOG, {4: ADA})
    deletions.forget(connection, LOG, 3)
    assert deletions.by(connection, LOG, {4: ADA}) == {}
