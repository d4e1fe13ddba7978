"""What came in by SMS and e-mail; how an episode stood when a message was approved, and what its sending moved there."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_sending"
down_revision = "2026_11_26_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("note_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("seen_by", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(note_id IS NULL) = (patient_id IS NULL)", name="ck_inbound_matched"),
        sa.CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name="ck_inbound_seen"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"]),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"]),
        sa.ForeignKeyConstraint(["seen_by"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "told"),
    )
    op.create_index("ix_inbound_patient", "inbound", ["patient_id", "stop"], unique=False)
    op.create_index("ix_inbound_unmatched", "inbound", ["note_id", "seen_at"], unique=False)
    op.add_column("deliveries", sa.Column("episode_version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("deliveries", sa.Column("event_seqs", sa.JSON(), server_default="[]", nullable=False))
