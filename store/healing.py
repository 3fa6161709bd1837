"""Programmes that are being healed after a restore: their server takes back what it lost, and nothing new."""

import os
from pathlib import Path

from sqlalchemy import update

from store.database import Database
from store.store import lock
from store.tables import ProgrammeRow


def begin(path: Path) -> int:
    """Put every programme of a database into healing; returns how many there are.

    Raises AlreadyServed while a server has it open, which would not see it, and StorageFailed.
    """
    held = lock(path)
    try:
        database = Database(path)
        try:
            with database.connection() as connection:
                return connection.execute(update(ProgrammeRow).values(healing=True)).rowcount
        finally:
            database.close()
    finally:
        os.close(held)
