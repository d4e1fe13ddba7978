"""Who is away from when to when, and to whom an episode is offered."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_ownership"
down_revision = "2026_11_25_contact"
branch_labels = None
depends_on = None

COUNTED = ["closed_at", "lane", "status", "owner_role", "owner", "due", "blocked_by"]


def upgrade() -> None:
    op.add_column("users", sa.Column("away_from", sa.Date(), nullable=True))
    op.add_column("users", sa.Column("away_until", sa.Date(), nullable=True))
    op.add_column("episodes", sa.Column("offered_to", sa.Text(), nullable=True))
    op.drop_index("ix_episodes_counts", table_name="episodes")
    op.create_index("ix_episodes_counts", "episodes", [*COUNTED, "offered_to"], unique=False)
