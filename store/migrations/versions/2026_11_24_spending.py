"""Readings by their moment: what a day's calls cost is asked before every call."""

from alembic import op

revision = "2026_11_24_spending"
down_revision = "2026_11_23_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_readings_at", "readings", ["at"], unique=False)
