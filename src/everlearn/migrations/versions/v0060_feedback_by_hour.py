"""Feedback: hours with count and latency by type, kept for the days that changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

#: Days that have feedback already: their hours are counted by the next refresh.
_NOTE = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO feedback.stale_feedback_days (given_on)
    SELECT DISTINCT f.created_on FROM feedback.ml_feedback AS f WHERE f.tenant_id = tenant;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "stale_feedback_days",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("given_on", sa.Date(), nullable=False, comment="Day of the feedback, in UTC."),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stale_feedback_days")),
        schema="feedback",
        comment="A note that feedback of a day came, changed or went since its hours were counted.",
    )
    op.create_table(
        "hourly_feedback_usage",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "hour_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the hour.",
        ),
        sa.Column(
            "feedback_type",
            sa.Text(),
            nullable=True,
            comment="The verdict, or who gives it; NULL when the feedback does not say.",
        ),
        sa.Column(
            "n_feedback",
            sa.BigInteger(),
            nullable=False,
            comment="Pieces of feedback; exact, a minute old.",
        ),
        sa.Column(
            "latencies",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of the seconds from the prediction to the feedback; NULL when none names one.",
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "feedback_type IN ('correct', 'incorrect', 'false_positive', 'false_negative', 'user', 'system', 'automated')",
            name=op.f("ck_hourly_feedback_usage_feedback_type_valid"),
        ),
        sa.CheckConstraint(
            "n_feedback >= 0", name=op.f("ck_hourly_feedback_usage_n_feedback_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_hourly_feedback_usage_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hourly_feedback_usage")),
        sa.UniqueConstraint(
            "tenant_id",
            "hour_start",
            "feedback_type",
            name="uq_hourly_feedback_usage_group",
            postgresql_nulls_not_distinct=True,
        ),
        schema="feedback",
        comment="How much feedback of each type an hour had, and how long after its answer it came.",
    )
    op.add_column(
        "ml_feedback",
        sa.Column(
            "created_on",
            sa.Date(),
            sa.Computed("(created_at AT TIME ZONE 'UTC')::date", persisted=True),
            nullable=True,
            comment="Day of created_at in UTC.",
        ),
        schema="feedback",
    )
    op.create_index(
        "ix_ml_feedback_created_on",
        "ml_feedback",
        ["tenant_id", "created_on"],
        unique=False,
        schema="feedback",
    )
    op.table_policy(
        "feedback.stale_feedback_days", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "feedback.hourly_feedback_usage",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION feedback.mark_stale_days() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      IF TG_OP = 'INSERT' THEN\n        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)\n        SELECT DISTINCT n.tenant_id, n.created_on FROM new_rows n;\n      ELSIF TG_OP = 'DELETE' THEN\n        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)\n        SELECT DISTINCT o.tenant_id, o.created_on FROM old_rows o\n        -- What is left of a tenant that is gone is being cleared away.\n        WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);\n      ELSE\n        INSERT INTO feedback.stale_feedback_days (tenant_id, given_on)\n        SELECT DISTINCT o.tenant_id, d.day\n        FROM old_rows o JOIN new_rows n ON n.tenant_id = o.tenant_id AND n.id = o.id,\n          unnest(ARRAY[o.created_on, n.created_on]) AS d (day)\n        WHERE (o.created_at, o.feedback_type, o.prediction_id)\n          IS DISTINCT FROM (n.created_at, n.feedback_type, n.prediction_id);\n      END IF;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION feedback.mark_stale_days() IS\n      'Notes the days whose hours a statement on ml_feedback made stale.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_insert AFTER INSERT ON feedback.ml_feedback\n    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_update AFTER UPDATE ON feedback.ml_feedback\n    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER stale_delete AFTER DELETE ON feedback.ml_feedback\n    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION feedback.mark_stale_days()\n    "
    )
    op.execute(_NOTE)


def downgrade() -> None:
    for verb in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER stale_{verb} ON feedback.ml_feedback")
    op.execute("DROP FUNCTION feedback.mark_stale_days()")
    op.table_policy(
        "feedback.hourly_feedback_usage",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "feedback.stale_feedback_days", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.drop_index("ix_ml_feedback_created_on", table_name="ml_feedback", schema="feedback")
    op.drop_column("ml_feedback", "created_on", schema="feedback")
    op.drop_table("hourly_feedback_usage", schema="feedback")
    op.drop_table("stale_feedback_days", schema="feedback")
