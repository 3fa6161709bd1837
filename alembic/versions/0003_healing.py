"""Programmes whose server was put back from a backup."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programmes", sa.Column("healing", sa.Boolean, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("programmes", "healing")
