"""Bugs planted in erasures that are taken back; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import store.admission
from device import healing
from store import erasures
from sync.erasure import Withdraw

RATHER = ("delete", "weeks", "withdraw")
"""What has to happen for an erasure to be withdrawn, and missed."""


def withdrawals_are_overlooked() -> AbstractContextManager[object]:
    """The server takes them, and erases all the same."""
    note = erasures.note_erasing

    def deaf(transaction: Any, programme: bytes, chain: Any, entry: Any, **when: Any) -> None:
        if entry.header.kind != Withdraw.kind:
            note(transaction, programme, chain, entry, **when)

    return patch.object(store.admission, "note_erasing", deaf)


def saved_bodies_are_not_offered_again() -> AbstractContextManager[object]:
    """A restored server hears of the withdrawal too late, and nobody fills what it has erased meanwhile."""

    async def idle(_: Any) -> None:
        return None

    return patch.object(healing, "refill", idle)
