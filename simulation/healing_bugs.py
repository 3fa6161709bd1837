"""Bugs planted in what happens after a server was put back, and in whom phones accuse; see `bugs`."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import store.offer
from device import exchange, healing, repairing, witnessed
from store.admission import admit
from sync.witness import digest


def nothing_is_given_back() -> AbstractContextManager[object]:
    """Whoever knows more than the server waits for somebody else."""

    async def idle(*_: Any) -> bool:
        return False

    return patch.object(healing, "give_back", idle)


def keys_are_not_given_back() -> AbstractContextManager[object]:
    """The entries come back, and what is not in entries stays lost."""

    async def idle(_: Any) -> None:
        return None

    return patch.object(repairing, "repair", idle)


def the_first_offer_ends_healing() -> AbstractContextManager[object]:
    """The server takes new entries before a lead has said that everybody has given back what they hold."""

    def eager(transaction: Any, programme: bytes, *what: Any, new: bool) -> int:
        position = admit(transaction, programme, *what, new=new)
        transaction.end_healing(programme)
        return position

    return patch.object(store.offer, "admit", eager)


def a_server_that_is_behind_is_accused() -> AbstractContextManager[object]:
    """It knows less, and is said to contradict itself."""
    return patch.object(exchange, "is_behind", lambda *_: False)


def only_the_present_is_witnessed() -> AbstractContextManager[object]:
    """What another phone stated a month ago is held against the newest state alone."""

    def newest(_: Any, __: Any, chain: Any) -> frozenset[bytes]:
        return frozenset({digest(chain.position, chain.head)})

    return patch.object(witnessed, "digests", newest)
