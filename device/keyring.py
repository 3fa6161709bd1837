"""Epoch keys that this phone holds, and how it learns them: from wraps, and from each newer key."""

from typing import Any

from crypto.errors import OpenFailed
from crypto.secret.epoch import commitment, open_previous, unwrap
from crypto.secret.hpke import HpkeKey
from schemas.records import Sentence
from sync.state import RosterState


def epoch_key(connection: Any, log: bytes, epoch: int) -> bytes | None:
    """The key that was held last."""
    return next(iter(_keys(connection, log, epoch)), None)


def held_key(connection: Any, roster: RosterState, log: bytes, epoch: int) -> bytes | None:
    """The one the roster commits to, if it is here: a rotation of ours that lost the race left another, and so does
    a history that the server was put back from.
    """
    wanted = roster.spaces[log].epochs[epoch - 1].commitment
    return next((key for key in _keys(connection, log, epoch) if commitment(epoch, key) == wanted), None)


def _keys(connection: Any, log: bytes, epoch: int) -> list[bytes]:
    rows = connection.execute(
        "SELECT key FROM epoch_keys WHERE log = ? AND epoch = ? ORDER BY id DESC", (log, epoch)
    ).fetchall()
    return [key for (key,) in rows]


def hold_key(connection: Any, log: bytes, epoch: int, key: bytes) -> None:
    connection.execute("INSERT OR REPLACE INTO epoch_keys(log, epoch, key) VALUES (?, ?, ?)", (log, epoch, key))


def hold_those_of(connection: Any, roster: RosterState) -> None:
    """This phone goes over to a history in which it may have been before: its keys are the newest again."""
    for log, space in roster.spaces.items():
        for epoch in range(1, space.epoch + 1):
            key = held_key(connection, roster, log, epoch)
            if key is not None and key != epoch_key(connection, log, epoch):
                hold_key(connection, log, epoch, key)


def learn_key(connection: Any, roster: RosterState, log: bytes, epoch: int, key: bytes) -> None:
    """Hold a key that matches the roster, and every older one that it unseals; raises OpenFailed.

    A sealed key that does not open is its writer's fault: it ends the walk, not the phone's work.
    """
    epochs = roster.spaces[log].epochs
    hold_key(connection, log, epoch, key)
    while epoch > 1 and held_key(connection, roster, log, epoch - 1) is None:
        sealed = epochs[epoch - 1].sealed_previous
        try:
            key = open_previous(key, epoch, log, sealed, epoch - 1, epochs[epoch - 2].commitment)
        except OpenFailed:
            return
        epoch -= 1
        hold_key(connection, log, epoch, key)


def reach(connection: Any, roster: RosterState, log: bytes) -> int:
    """The lowest epoch that a reader of the current one opens. 1, unless a link of the chain is no sealed key."""
    epochs = roster.spaces[log].epochs
    epoch = len(epochs)
    key = held_key(connection, roster, log, epoch)
    while key is not None and epoch > 1:
        sealed, older = epochs[epoch - 1].sealed_previous, epochs[epoch - 2]
        try:
            key = open_previous(key, epoch, log, sealed, epoch - 1, older.commitment)
        except OpenFailed:
            break
        epoch -= 1
    return epoch


def missing_keys(connection: Any, roster: RosterState, logs: list[bytes]) -> list[bytes]:
    """Those of `logs` whose current epoch key this phone does not hold."""
    spaces = [log for log in logs if log in roster.spaces]
    return [log for log in spaces if held_key(connection, roster, log, roster.spaces[log].epoch) is None]


def keys_awaited(connection: Any, roster: RosterState, logs: list[bytes]) -> list[str]:
    """Sentences about spaces whose current key did not come with the statement that began it, as it must."""
    return [
        Sentence("note_key_awaited", space=roster.spaces[log].name) for log in missing_keys(connection, roster, logs)
    ]


def open_wrap(
    roster: RosterState, keys: dict[bytes, HpkeKey], log: bytes, epoch: int, reader: bytes, wrap: bytes
) -> bytes | None:
    """The key in a wrap for one of our `keys` (by reader id) if it is the one the roster names, else None."""
    space = roster.spaces.get(log)
    if space is None or reader not in keys or not 0 < epoch <= space.epoch:
        return None
    try:
        return unwrap(keys[reader], roster.programme, log, epoch, reader, wrap, space.epochs[epoch - 1].commitment)
    except OpenFailed:
        return None
