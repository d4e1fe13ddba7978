"""Recalls: accepted suggestions of one prompt or model version that a person put up for review again. Append-only."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_recalls"
down_revision = "2026_11_24_sent"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("suggestion_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('reopen', 'confirm')", name="ck_recalls_act"),
        sa.CheckConstraint("act <> 'reopen' OR reason <> ''", name="ck_recalls_reason"),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestions.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recalls_suggestion", "recalls", ["suggestion_id", "id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER recalls_no_{verb.lower()} BEFORE {verb} ON recalls "
                "BEGIN SELECT RAISE(ABORT, 'recalls is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION recalls_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'recalls is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER recalls_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON recalls "
        "FOR EACH STATEMENT EXECUTE FUNCTION recalls_append_only()"
    )
