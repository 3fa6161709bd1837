"""What the operator does: hand out the ticket with which a lead founds a programme, back up, declare a restore."""

import os
from pathlib import Path

from api.keyfile import key_of
from api.settings import Settings
from crypto.public.randomness import Randomness
from store import backup, healing
from store.tokens import mint
from sync.ticket import Ticket


def founding_ticket(settings: Settings, randomness: Randomness = os.urandom) -> Ticket:
    """A ticket of kind `found`, good once; also while the server runs. Raises KeyFileWrong, StorageFailed."""
    key = key_of(settings, randomness)
    token = mint(settings.database_path, randomness)
    return Ticket("found", settings.address, key.public, token)


def back_up(settings: Settings, target: Path) -> int:
    """Copy the database to a new file, also while the server runs; no key and no report is in it. Returns its bytes.

    Raises FileExistsError, StorageFailed.
    """
    return backup.copy(settings.database_path, target)


def begin_restore(settings: Settings) -> int:
    """Declare that the database was put back from a backup; returns how many programmes heal.

    Raises AlreadyServed while a server runs, StorageFailed.
    """
    return healing.begin(settings.database_path)


def end_restore(settings: Settings) -> int:
    """Take the declaration back, where no lead has a phone left to say `restored`; returns how many programmes waited.

    Raises as `begin_restore`.
    """
    return healing.end(settings.database_path)
