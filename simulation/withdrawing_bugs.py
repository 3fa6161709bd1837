"""Bugs planted in erasures that are taken back; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import store.admission
from device import erasing, healing
from device import erasures as noted
from store import erasures
from sync.erasure import Withdraw

RATHER = ("delete", "weeks", "days", "withdraw", "server-back-up", "server-restore")
"""What has to happen for an erasure to be withdrawn, and missed."""


def withdrawals_are_overlooked() -> AbstractContextManager[object]:
    """The server takes them, and erases all the same."""
    note = erasures.note_erasing

    def deaf(transaction: Any, programme: bytes, chain: Any, entry: Any, **when: Any) -> None:
        if entry.header.kind != Withdraw.kind:
            note(transaction, programme, chain, entry, **when)

    return patch.object(store.admission, "note_erasing", deaf)


def phones_overlook_withdrawals() -> AbstractContextManager[object]:
    """They drop their own copies all the same."""
    note = noted.note_erasing

    def deaf(connection: Any, log: bytes, entries: Any, own_day: int) -> None:
        note(connection, log, [one for one in entries if one[1].header.kind != Withdraw.kind], own_day)

    return patch.object(noted, "note_erasing", deaf)


def saved_bodies_are_not_offered_again() -> AbstractContextManager[object]:
    """A restored server hears of the withdrawal too late, and nobody fills what it has erased meanwhile."""

    async def idle(_: Any) -> None:
        return None

    return patch.object(healing, "refill", idle)


def who_left_erases_on() -> AbstractContextManager[object]:
    """What a revoked phone wanted erased is not withdrawn."""
    return patch.object(erasing, "withdraw_departed", lambda *_: False)


def nobody_looks_what_remains() -> AbstractContextManager[object]:
    """Bodies are dropped although nothing else says what they say."""
    return patch.object(erasing, "lacking", lambda *_: [])
