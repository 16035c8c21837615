"""Events: totals by day, usage by hour, and quantiles that can be merged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


#: Every day that was summed up before has what is new computed by the next refresh; so has every day
#: of a tenant that was never summed up, and that has no notes because its events are from before them.
_NOTE = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO events.stale_learning_days (date)
    SELECT date FROM events.daily_learning_metrics WHERE tenant_id = tenant GROUP BY date;
    IF NOT FOUND THEN
      INSERT INTO events.stale_learning_days (date)
      SELECT (e.timestamp AT TIME ZONE 'UTC')::date FROM events.learning_events AS e
      WHERE e.tenant_id = tenant GROUP BY 1;
    END IF;
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "daily_learning_totals",
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
        sa.Column("date", sa.Date(), nullable=False, comment="Day of the events, in UTC."),
        sa.Column("event_count", sa.BigInteger(), nullable=False, comment="Events."),
        sa.Column(
            "avg_processing_time",
            sa.Double(),
            nullable=True,
            comment="Mean of processing_time_ms, in milliseconds; NULL when no event has one.",
        ),
        sa.Column(
            "p95_processing_time",
            sa.Double(),
            nullable=True,
            comment="95th percentile of processing_time_ms, in milliseconds, at most 1 % off.",
        ),
        sa.Column(
            "processing_times",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of processing_time_ms.",
        ),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "avg_processing_time >= 0 AND avg_processing_time < 'infinity'",
            name=op.f("ck_daily_learning_totals_avg_processing_time_valid"),
        ),
        sa.CheckConstraint(
            "p95_processing_time >= 0 AND p95_processing_time < 'infinity'",
            name=op.f("ck_daily_learning_totals_p95_processing_time_valid"),
        ),
        sa.CheckConstraint(
            "event_count >= 0", name=op.f("ck_daily_learning_totals_event_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_daily_learning_totals_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_daily_learning_totals")),
        sa.UniqueConstraint("tenant_id", "date", name="uq_daily_learning_totals_date"),
        schema="events",
        comment="How many events a day had and how long they took, all together; a minute old.",
    )
    op.create_table(
        "hourly_learning_usage",
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
        sa.Column("event_type", sa.Text(), nullable=False, comment="What happened."),
        sa.Column("event_count", sa.BigInteger(), nullable=False, comment="Events."),
        sa.Column(
            "refreshed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was computed.",
        ),
        sa.CheckConstraint(
            "event_type IN ('model_prediction', 'pattern_detection', 'user_feedback', 'system_optimization', 'data_ingestion', 'drift_alert', 'model_training', 'model_registration', 'model_promotion', 'model_rollback', 'experiment', 'recalibration')",
            name=op.f("ck_hourly_learning_usage_event_type_valid"),
        ),
        sa.CheckConstraint(
            "event_count >= 0", name=op.f("ck_hourly_learning_usage_event_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_hourly_learning_usage_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_hourly_learning_usage")),
        sa.UniqueConstraint(
            "tenant_id", "hour_start", "event_type", name="uq_hourly_learning_usage_group"
        ),
        schema="events",
        comment="How many events of each type an hour had; exact, a minute old.",
    )
    op.add_column(
        "daily_learning_metrics",
        sa.Column(
            "processing_times",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="Sketch of processing_time_ms, for app.sketch_merge() and app.sketch_quantile().",
        ),
        schema="events",
    )
    op.table_policy(
        "events.daily_learning_totals",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "events.hourly_learning_usage",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.execute(_NOTE)


def downgrade() -> None:
    op.table_policy(
        "events.hourly_learning_usage",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.table_policy(
        "events.daily_learning_totals",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"],
    )
    op.drop_column("daily_learning_metrics", "processing_times", schema="events")
    op.drop_table("hourly_learning_usage", schema="events")
    op.drop_table("daily_learning_totals", schema="events")
