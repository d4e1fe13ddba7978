"""What patients asked about being contacted (append-only), and the zone they live in."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_contact"
down_revision = "2026_11_25_agenda"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patients", sa.Column("zone", sa.Text(), nullable=True))
    op.create_table(
        "do_not_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('ask', 'lift')", name="ck_do_not_contact_act"),
        sa.CheckConstraint("reason <> ''", name="ck_do_not_contact_reason"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_do_not_contact_patient", "do_not_contact", ["patient_id", "id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER do_not_contact_no_{verb.lower()} BEFORE {verb} ON do_not_contact "
                "BEGIN SELECT RAISE(ABORT, 'do_not_contact is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION do_not_contact_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'do_not_contact is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER do_not_contact_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON do_not_contact "
        "FOR EACH STATEMENT EXECUTE FUNCTION do_not_contact_append_only()"
    )
