"""What the operator does: hand out the ticket with which a lead founds a programme, back up, declare a restore."""

import os
from pathlib import Path

from api.keyfile import key_of
from api.settings import Settings
from crypto.public.randomness import Randomness
from store import backup, healing
from store.tokens import mint
from sync.ticket import Ticket


class NoDatabase(Exception):
    """No server was ever started with these settings."""


def founding_ticket(settings: Settings, randomness: Randomness = os.urandom) -> Ticket:
    """A ticket of kind `found`, good once; also while the server runs.

    Raises NoDatabase, KeyFileWrong, StorageFailed.
    """
    path = _existing(settings)
    key = key_of(settings, randomness)
    token = mint(path, randomness)
    return Ticket("found", settings.address, key.public, token)


def back_up(settings: Settings, target: Path) -> int:
    """Copy the database to a new file, also while the server runs; no key and no report is in it. Returns its bytes.

    Raises NoDatabase, FileExistsError, StorageFailed.
    """
    return backup.copy(_existing(settings), target)


def begin_restore(settings: Settings) -> int:
    """Declare that the database was put back from a backup; returns how many programmes heal.

    Raises NoDatabase, AlreadyServed while a server runs, StorageFailed.
    """
    return healing.begin(_existing(settings))


def end_restore(settings: Settings) -> int:
    """Take the declaration back, where no lead has a phone left to say `restored`; returns how many programmes waited.

    Raises as `begin_restore`.
    """
    return healing.end(_existing(settings))


def _existing(settings: Settings) -> Path:
    # Made anew in a mistyped place it would be asked in vain: its tickets found nothing, and nothing of it heals.
    if not settings.database_path.exists():
        raise NoDatabase(f"there is no database {settings.database_path}")
    return settings.database_path
