"""Bugs planted in erasures that are taken back; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import store.admission
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
