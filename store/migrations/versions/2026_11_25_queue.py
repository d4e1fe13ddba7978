"""The Queue page: past states of episodes, saved views, batches; and indexes from which its counts and its past are read."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_queue"
down_revision = "2026_11_25_passes"
branch_labels = None
depends_on = None

COUNTED = ["closed_at", "lane", "status", "owner_role", "owner", "due", "blocked_by"]
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_index("ix_episodes_counts", "episodes")
    op.create_index("ix_episodes_counts", "episodes", [*COUNTED, "offered_to", "last_attempt_at", "opened_at"])
    op.create_index("ix_episodes_past", "episodes", ["opened_at", "closed_at", "lane", "patient_id"])
    op.create_table(
        "episode_states",
        sa.Column("episode_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("offered_to", sa.Text(), nullable=True),
        sa.Column("next_action", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("blocked_by", sa.Text(), nullable=False),
        sa.Column("last_attempt_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"]),
        sa.PrimaryKeyConstraint("episode_id", "version"),
        sqlite_with_rowid=False,
    )
    ended = sa.text("closed_at IS NOT NULL")
    ended_by = ["at", "episode_id", "closed_at"]
    op.create_index("ix_episode_states_closed", "episode_states", ended_by, sqlite_where=ended, postgresql_where=ended)
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_views_user", "saved_views", ["user_id"])
    op.create_table(
        "default_views",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["view_id"], ["saved_views.id"]),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_table(
        "batch_items",
        sa.Column("batch_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("episode_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome IN ('waiting', 'moved', 'unchanged', 'refused', 'stale', 'undone')", name="ck_batch_items_outcome"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"]),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"]),
        sa.PrimaryKeyConstraint("batch_id", "episode_id"),
    )
