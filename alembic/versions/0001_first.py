"""Programmes, logs, entries, wraps, keys, names, principals and founding tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def key(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, primary_key=True, nullable=False)


def value(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=null)


def of_programme() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["programme"], ["programmes.programme"])


def of_log() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["programme", "log"], ["logs.programme", "logs.log"])


def upgrade() -> None:
    op.create_table("programmes", key("programme"))
    op.create_table(
        "logs",
        key("programme"),
        key("log"),
        sa.Column("kind", sa.Text, nullable=False),
        value("account", null=True),
        of_programme(),
    )
    op.create_table(
        "entries",
        key("programme"),
        key("log"),
        sa.Column("position", NUMBER, primary_key=True, autoincrement=False, nullable=False),
        value("device"),
        sa.Column("sequence", NUMBER, nullable=False),
        value("leaf"),
        value("head"),
        value("header"),
        value("signature"),
        # Last, so that a reader of the other columns does not walk through the pages of a large body.
        value("body", null=True),
        of_log(),
    )
    op.create_index("entries_by_number", "entries", ["programme", "log", "device", "sequence"], unique=True)
    op.create_table(
        "wraps",
        key("programme"),
        key("log"),
        key("reader"),
        sa.Column("epoch", NUMBER, primary_key=True, autoincrement=False, nullable=False),
        value("wrap"),
        of_log(),
    )
    op.create_table("hpke_keys", key("programme"), key("hash"), value("key"), of_programme())
    op.create_table("names", key("programme"), key("account"), value("sealed"), of_programme())
    op.create_table(
        "principals",
        key("programme"),
        key("principal"),
        of_programme(),
        sa.UniqueConstraint("principal"),
    )
    op.create_table("founding_tokens", key("hash"))


def downgrade() -> None:
    for name in (
        "founding_tokens",
        "principals",
        "names",
        "hpke_keys",
        "wraps",
        "entries",
        "logs",
        "programmes",
    ):
        op.drop_table(name)
