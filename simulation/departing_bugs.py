"""Bugs planted in what happens when phones and people leave; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import sync.void
from device import believing, former, rebuilding
from device.ceremonies import beginning, joining, rotating
from store import rows
from sync import departure
from sync.state import RosterState


def void_entries_still_land() -> AbstractContextManager[object]:
    """What a thief wrote stays, and comes."""
    return patch.object(believing, "void_now", lambda *_: frozenset[int]())


def what_became_void_is_not_taken_out() -> AbstractContextManager[object]:
    """Only what comes after the statement is judged by it."""
    return patch.object(rebuilding, "rebuild", lambda *_: None)


def what_a_void_repack_said_is_forgotten() -> AbstractContextManager[object]:
    """A thief repacks the records, waits for the bodies to go, and then deletes what was in them."""
    bodiless = rebuilding._bodiless

    def deaf(connection: Any, log: bytes, void: frozenset[int], landed: int, _: object) -> dict[bytes, Any]:
        return bodiless(connection, log, void, landed, ())

    return patch.object(rebuilding, "_bodiless", deaf)


def what_others_had_seen_is_void() -> AbstractContextManager[object]:
    """A thief's phone voids the owner's records without the paper."""
    return patch.object(sync.void, "witnessed", lambda *_: 0)


def wraps_of_who_left_are_kept() -> AbstractContextManager[object]:
    """The server goes on giving out the shared keys for the old member key."""
    return patch.object(rows, "_left", lambda *_: set[tuple[bytes, bytes]]())


def paper_forgets_to_cancel() -> AbstractContextManager[object]:
    """Whom a thief took off stays off."""
    return patch.object(departure, "cancel", lambda state, *_: state)


def since_is_ignored() -> AbstractContextManager[object]:
    """Only the lost phone goes, and the one that the thief linked with it stays."""

    def alone(_: RosterState, __: bytes, device: bytes, ___: int) -> frozenset[bytes]:
        return frozenset({device})

    return patch.object(departure, "lineage", alone)


def shared_keys_are_kept_after_a_departure() -> AbstractContextManager[object]:
    """Nobody rotates `commons` and `leads`, and nobody says so."""

    async def idle(_: Any) -> list[str]:
        return []

    return patch.object(rotating, "rotate_due", idle)


def revoked_phone_forgets_what_it_had_not_sent() -> AbstractContextManager[object]:
    """It comes back with new keys and without its unsent changes."""
    begin = beginning.begin

    def clean(connection: Any, identity: Any) -> Any:
        began = begin(connection, identity)
        connection.execute("DELETE FROM pending")
        return began

    return patch.object(joining, "begin", clean)


def revoked_phone_forgets_what_nobody_had_pulled() -> AbstractContextManager[object]:
    """What it got acknowledged before others took it off is void, and it does not say it again."""
    return patch.object(former, "own_words", lambda *_: frozenset[int]())
