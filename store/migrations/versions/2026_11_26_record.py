"""Suggestions that rest on several notes: what they show together, and the words of the other notes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_record"
down_revision = "2026_11_26_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("suggestions", sa.Column("why", sa.Text(), nullable=True))
    op.create_table(
        "suggestion_quotes",
        sa.Column("suggestion_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"]),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestions.id"]),
        sa.PrimaryKeyConstraint("suggestion_id", "number"),
    )
    op.create_index("ix_suggestion_quotes_note", "suggestion_quotes", ["note_id"], unique=False)
