"""Programmes that are being healed after a restore: their server takes back what it lost, and nothing new."""

from sqlalchemy import Update, update
from sqlmodel import col

from store.errors import StorageFailed
from store.place import Place, open_at
from store.tables import ProgrammeRow


def begin(place: Place) -> int:
    """Put every programme of a database into healing; returns how many there are.

    Raises AlreadyServed while a server has it open, which would not see it, and StorageFailed.
    """
    return _execute(place, update(ProgrammeRow).values(healing=True))


def end(place: Place) -> int:
    """Let every programme of a database take new entries, whatever its leads said; returns how many waited.

    Raises as `begin`.
    """
    return _execute(place, update(ProgrammeRow).where(col(ProgrammeRow.healing)).values(healing=False))


def _execute(place: Place, statement: Update) -> int:
    database = open_at(place, alone=True)
    try:
        with database.writing() as connection:
            return connection.execute(statement).rowcount
    except database.errors as error:
        raise StorageFailed("the database did not answer") from error
    finally:
        database.close()
