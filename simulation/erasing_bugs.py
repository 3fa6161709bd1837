"""Bugs planted in what is erased; see `bugs`."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import store.admission
from device import retention
from store import erasures
from sync.device import repack as repacks
from sync.device.changes import Group
from sync.erasure import Erase

LONG = 20
"""Days: more than anybody has to withdraw an erasure."""
_SPREAD = """
    INSERT INTO erasures (programme, log, erasure, position, due)
    SELECT programme, log, ?3, position, ?4 FROM entries
    WHERE programme = ?1 AND log = ?2 AND position < ?3 AND position NOT IN (
        SELECT position FROM erasures WHERE programme = ?1 AND log = ?2 AND erasure = ?3
    )
"""


def bodies_go_before_their_day() -> AbstractContextManager[object]:
    """The server does not wait the 14 days in which an erasure may be withdrawn."""
    note = erasures.note_erasing

    def hasty(transaction: Any, *where: Any, day: int | None) -> None:
        note(transaction, *where, day=day)
        if day is not None:
            erasures.erase_due(transaction, day + LONG)

    return patch.object(store.admission, "note_erasing", hasty)


def erasing_by_position() -> AbstractContextManager[object]:
    """The server erases all that lies below the erasure, not the entries that it names."""
    note = erasures.note_erasing

    def sweeping(transaction: Any, programme: bytes, chain: Any, entry: Any, **when: Any) -> None:
        note(transaction, programme, chain, entry, **when)
        if entry.header.kind == Erase.kind:
            due = Erase.decode(entry.check_body()).due
            transaction.driver.execute(_SPREAD, (programme, chain.log, chain.position, due))

    return patch.object(store.admission, "note_erasing", sweeping)


def repacks_drop_origins() -> AbstractContextManager[object]:
    """Who repacks says everything anew, in its own name."""
    groups = repacks._groups

    def own(items: Sequence[Any]) -> list[Group]:
        return [group._replace(origin=None) for group in groups(items)]

    return patch.object(repacks, "_groups", own)


def retention_counts_too_many_days() -> AbstractContextManager[object]:
    """What the programme still keeps is deleted."""

    old = retention.old

    def early(records: Any, policy: Any, day: int, joined: int) -> list[Any]:
        return old(records, policy, day + policy.contact_days, joined)

    return patch.object(retention, "old", early)
