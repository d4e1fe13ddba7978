"""The assistant's own number beside the confidence that is shown. What is stored so far was never anything but the own number."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_confidence"
down_revision = "2026_11_24_recalls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suggestions", sa.Column("own_confidence", sa.Double(), nullable=True))
    op.add_column("suggestions", sa.Column("learnt_from", sa.Integer(), nullable=True))
    op.execute("UPDATE suggestions SET own_confidence = confidence WHERE origin = 'assistant'")
