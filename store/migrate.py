"""Brings a database to the newest schema, from nothing or from any older one (alembic/)."""

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from store.errors import StorageFailed

SCRIPTS = Path(__file__).resolve().parents[1] / "alembic"


def migrate(connection: Connection, begin: Sequence[str]) -> None:
    """Runs the missing migrations over a connection in autocommit, all or none; idempotent.

    `begin`: statements that open a transaction in which nobody else migrates. Raises StorageFailed for a database of a
    newer version, and leaves it as it is.
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    # Both databases change a schema within a transaction: a server killed here starts again from the old one.
    for statement in begin:
        connection.exec_driver_sql(statement)
    try:
        command.upgrade(config, "head")
        connection.exec_driver_sql("COMMIT")
    except BaseException as error:
        connection.exec_driver_sql("ROLLBACK")
        if isinstance(error, CommandError):
            raise StorageFailed("a newer version wrote the database: update this one") from error
        raise
