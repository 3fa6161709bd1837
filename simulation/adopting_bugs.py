"""Bugs planted in what happens when a phone goes over to another history; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from device import adopting, echoes, reauthoring

RATHER = ("server-back-up", "server-restore", "declare", "revoke", "remove", "steal")
"""Without a restore there is one history, and without departures little to unlearn."""


def anybody_may_declare() -> AbstractContextManager[object]:
    """Phones go over to whatever they are shown, without a lead's word."""
    return patch.object(adopting, "is_declared", lambda *_: True)


def departures_are_unlearnt() -> AbstractContextManager[object]:
    """Whom the other history has not taken off yet is believed again."""
    return patch.object(adopting, "unlearnt", lambda *_: ())


def what_is_set_aside_is_forgotten() -> AbstractContextManager[object]:
    """Nobody says again what the other history lacks."""
    return patch.object(adopting, "stage_again", lambda *_: None)


def said_again_with_everything_seen() -> AbstractContextManager[object]:
    """Of two values that stood beside each other the one that is said again hides the other."""
    lost = reauthoring._lost

    def overlooking(state: Any, now: Any, shared: int) -> list[Any]:
        return [(*said, shared, stamp) for *said, _, stamp in lost(state, now, shared)]

    return patch.object(reauthoring, "_lost", overlooking)


def a_thiefs_echo_suffices() -> AbstractContextManager[object]:
    """What a stolen phone said again first is said by nobody when its entry becomes void."""
    return patch.object(echoes, "stage", lambda *_: None)


def deletions_are_not_said_again() -> AbstractContextManager[object]:
    """Of what is set aside only values come back: what was deleted there is here again."""
    lost = reauthoring._lost

    def alive(state: Any, *where: Any) -> list[Any]:
        return [] if state.deleted else lost(state, *where)

    return patch.object(reauthoring, "_lost", alive)
