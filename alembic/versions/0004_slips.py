"""Slips to the leads, one an account."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slips",
        sa.Column("programme", sa.LargeBinary, nullable=False),
        sa.Column("account", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("programme", "account"),
        sa.ForeignKeyConstraint(["programme"], ["programmes.programme"]),
    )


def downgrade() -> None:
    op.drop_table("slips")
