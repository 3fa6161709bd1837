"""Marks of bodies that are going to be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("programme", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("log", sa.LargeBinary, primary_key=True, nullable=False),
        sa.Column("erasure", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("due", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["programme", "log"], ["logs.programme", "logs.log"]),
    )


def downgrade() -> None:
    op.drop_table("erasures")
