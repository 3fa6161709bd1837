"""Bugs planted in what is left of deleted records; see `bugs`."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from sync.device import merge
from sync.device import repack as repacks

RATHER = ("delete", "weeks", "back-up", "restore", "link")
"""What is deleted is repacked away weeks later, and missed by who comes in then."""


def repacks_drop_tombstones() -> AbstractContextManager[object]:
    """Of a deleted record nothing is written again, so who comes later never hears that it was deleted."""
    items = repacks._items

    def living(record: bytes, state: Any) -> Iterable[Any]:
        return () if state.deleted else items(record, state)

    return patch.object(repacks, "_items", living)


def an_edit_revives_the_deleted() -> AbstractContextManager[object]:
    """The last writer wins: an edit that has not seen the deletion brings the record back."""
    join = merge.join

    def reviving(one: merge.RecordState, other: merge.RecordState) -> merge.RecordState:
        if one.deleted == other.deleted:
            return join(one, other)
        return max(one, other, key=merge._name_rank)

    return patch.object(merge, "join", reviving)
