"""A copy of the database while a server runs; of reports, which a backup must not keep, nothing."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from store.errors import NoFile, StorageFailed
from store.place import Place
from store.sqlite import looking


def copy(place: Place, target: Path) -> int:
    """Write all that is committed now to the new file `target`, which only its owner reads; returns its bytes.

    Raises FileExistsError, StorageFailed; NoFile of a PostgreSQL database.
    """
    if not isinstance(place, Path):
        raise NoFile("a PostgreSQL database is backed up by `pg_dump`")
    held = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with (
            looking(place) as source,
            closing(sqlite3.connect(target)) as made,
        ):
            source.backup(made)
        os.fsync(held)
        return os.fstat(held).st_size
    except sqlite3.Error as error:
        target.unlink()
        raise StorageFailed(f"there is no backup: {type(error).__name__}") from error
    finally:
        os.close(held)
