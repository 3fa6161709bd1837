"""Marks of bodies that are going to be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("programme", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("log", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("erasure", NUMBER, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("position", NUMBER, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("due", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["programme", "log"], ["logs.programme", "logs.log"]),
    )


def downgrade() -> None:
    op.drop_table("erasures")
