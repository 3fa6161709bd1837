"""Programmes that are being healed after a restore: their server takes back what it lost, and nothing new."""

import os
from pathlib import Path

from sqlalchemy import Update, update
from sqlmodel import col

from store.database import Database
from store.store import lock
from store.tables import ProgrammeRow


def begin(path: Path) -> int:
    """Put every programme of a database into healing; returns how many there are.

    Raises AlreadyServed while a server has it open, which would not see it, and StorageFailed.
    """
    return _execute(path, update(ProgrammeRow).values(healing=True))


def end(path: Path) -> int:
    """Let every programme of a database take new entries, whatever its leads said; returns how many waited.

    Raises as `begin`.
    """
    return _execute(path, update(ProgrammeRow).where(col(ProgrammeRow.healing)).values(healing=False))


def _execute(path: Path, statement: Update) -> int:
    held = lock(path)
    try:
        database = Database(path)
        try:
            with database.connection() as connection:
                return connection.execute(statement).rowcount
        finally:
            database.close()
    finally:
        os.close(held)
