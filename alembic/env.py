"""Runs the migrations, over the connection of store/migrate.py or over the address in alembic.ini."""

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

from store import tables  # noqa: F401 (fills the metadata)


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "").begin() as connection:
        run(connection)
