"""Passes: when the passing of time was applied to the open episodes, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_passes"
down_revision = "2026_11_25_intervals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_passes_ended_at", "passes", ["ended_at"], unique=False)
