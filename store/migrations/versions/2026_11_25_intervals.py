"""Intervals: what reports are counted from. They are made from the events once the table is there (`store.migrate`)."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_intervals"
down_revision = "2026_11_25_ownership"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intervals",
        sa.Column("episode_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("blocked_by", sa.Text(), nullable=False),
        sa.Column("moved_from", sa.Text(), nullable=True),
        sa.Column("open_before", sa.BigInteger(), nullable=False),
        sa.Column("closed_for", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"]),
        sa.PrimaryKeyConstraint("episode_id", "number"),
    )
    of_all = ["lane", "owner_role", "episode_id"]
    op.create_index("ix_intervals_time", "intervals", ["until", "since", "status", *of_all], unique=False)
    op.create_index("ix_intervals_blocked", "intervals", ["blocked_by", "until", "since", *of_all], unique=False)
    op.create_index("ix_intervals_moves", "intervals", ["moved_from", "since", "status", *of_all], unique=False)
