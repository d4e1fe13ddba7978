"""Patterns, their evidence, what people decided about them, and what is done about those that are followed."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_patterns"
down_revision = "2026_11_26_sent_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pattern_runs",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week"),
    )
    op.create_table(
        "patterns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("named_by", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("dismissed_size", sa.Integer(), nullable=True),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(standing = 'dismissed') = (dismissed_size IS NOT NULL)", name="ck_patterns_dismissed"),
        sa.CheckConstraint("(standing = 'merged') = (merged_into IS NOT NULL)", name="ck_patterns_merged"),
        sa.CheckConstraint("standing IN ('suggested', 'confirmed', 'dismissed', 'merged')", name="ck_patterns_standing"),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["patterns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "pattern_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(act = 'merge') = (into_id IS NOT NULL)", name="ck_pattern_decisions_merge"),
        sa.CheckConstraint("(act = 'undo') = (undoes IS NOT NULL)", name="ck_pattern_decisions_undo"),
        sa.CheckConstraint("act <> 'dismiss' OR reason <> ''", name="ck_pattern_decisions_reason"),
        sa.CheckConstraint("act <> 'rename' OR name <> ''", name="ck_pattern_decisions_name"),
        sa.CheckConstraint("act IN ('confirm', 'rename', 'merge', 'dismiss', 'follow', 'end', 'undo')", name="ck_pattern_decisions_act"),
        sa.ForeignKeyConstraint(
            ["into_id"],
            ["patterns.id"],
        ),
        sa.ForeignKeyConstraint(
            ["pattern_id"],
            ["patterns.id"],
        ),
        sa.ForeignKeyConstraint(
            ["undoes"],
            ["pattern_decisions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("undoes"),
    )
    op.create_index("ix_pattern_decisions_pattern", "pattern_decisions", ["pattern_id", "id"], unique=False)
    op.create_table(
        "improvements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("what <> ''", name="ck_improvements_what"),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["pattern_decisions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
        ),
        sa.ForeignKeyConstraint(
            ["pattern_id"],
            ["patterns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id"),
    )
    op.create_index("ix_improvements_pattern", "improvements", ["pattern_id", "id"], unique=False)
    op.create_table(
        "pattern_items",
        sa.Column("suggestion_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=False),
        sa.Column("nearness", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pattern_id"],
            ["patterns.id"],
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"],
            ["suggestions.id"],
        ),
        sa.PrimaryKeyConstraint("suggestion_id"),
    )
    op.create_index("ix_pattern_items_pattern", "pattern_items", ["pattern_id"], unique=False)
    _append_only("pattern_decisions")


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
