"""operations watching and alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_rules",
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
            "name",
            sa.Text(),
            nullable=False,
            comment="Name, unique within the tenant, such as partition_too_large.",
        ),
        sa.Column(
            "description",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="What it means, and what to do then.",
        ),
        sa.Column("scope", sa.Text(), nullable=False, comment="Whose number it looks at."),
        sa.Column(
            "metric",
            sa.Text(),
            nullable=False,
            comment="Number that is compared, such as partition_bytes.",
        ),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=True,
            comment="Only this table, query or model; NULL: each by itself.",
        ),
        sa.Column(
            "comparison",
            sa.Text(),
            nullable=False,
            comment="On which side of the threshold it alerts.",
        ),
        sa.Column(
            "threshold",
            sa.Double(),
            nullable=False,
            comment="What the number is compared with, in its unit.",
        ),
        sa.Column(
            "for_s",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How long it must hold before the alert opens, in seconds.",
        ),
        sa.Column(
            "severity",
            sa.Text(),
            server_default=sa.text("'warning'"),
            nullable=False,
            comment="How urgent it is.",
        ),
        sa.Column(
            "enabled",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it is looked at.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "comparison IN ('above', 'below')", name=op.f("ck_alert_rules_comparison_valid")
        ),
        sa.CheckConstraint(
            "for_s >= 0 AND for_s < 'infinity'", name=op.f("ck_alert_rules_for_s_valid")
        ),
        sa.CheckConstraint(
            "metric <> '' AND length(metric) <= 255", name=op.f("ck_alert_rules_metric_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_alert_rules_name_valid")
        ),
        sa.CheckConstraint("scope IN ('tenant', 'house')", name=op.f("ck_alert_rules_scope_valid")),
        sa.CheckConstraint(
            "severity IN ('info', 'warning', 'critical')",
            name=op.f("ck_alert_rules_severity_valid"),
        ),
        sa.CheckConstraint(
            "subject <> '' AND length(subject) <= 255", name=op.f("ck_alert_rules_subject_valid")
        ),
        sa.CheckConstraint(
            "threshold < 'infinity' AND threshold > '-infinity'", name=op.f("ck_alert_rules_finite")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_alert_rules_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alert_rules")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_alert_rules_tenant_id_name")),
        schema="operations",
        comment="When a watched number should make somebody look.",
    )
    op.create_table(
        "health_readings",
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
            "scope",
            sa.Text(),
            nullable=False,
            comment="Whether it is about the tenant's own rows or the whole house.",
        ),
        sa.Column(
            "metric",
            sa.Text(),
            nullable=False,
            comment="What is measured, with its unit, such as rollup_lag_s.",
        ),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="What it is of, such as a table; empty when there is only one.",
        ),
        sa.Column(
            "hour_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Hour that the row stands for, by its beginning.",
        ),
        sa.Column(
            "n",
            sa.BigInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="How often it was read in the hour.",
        ),
        sa.Column(
            "total",
            sa.Double(),
            nullable=False,
            comment="Sum of what was read; total / n is the mean.",
        ),
        sa.Column("lowest", sa.Double(), nullable=False, comment="Lowest value of the hour."),
        sa.Column("highest", sa.Double(), nullable=False, comment="Highest value of the hour."),
        sa.Column("latest", sa.Double(), nullable=False, comment="Value that was read last."),
        sa.Column(
            "measured_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it was read last.",
        ),
        sa.CheckConstraint(
            "metric <> '' AND length(metric) <= 255", name=op.f("ck_health_readings_metric_valid")
        ),
        sa.CheckConstraint(
            "scope IN ('tenant', 'house')", name=op.f("ck_health_readings_scope_valid")
        ),
        sa.CheckConstraint("n >= 0", name=op.f("ck_health_readings_n_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_health_readings_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_health_readings")),
        sa.UniqueConstraint(
            "tenant_id",
            "scope",
            "metric",
            "subject",
            "hour_at",
            name=op.f("uq_health_readings_tenant_id_scope_metric_subject_hour_at"),
        ),
        schema="operations",
        comment="A number that Everlearn watches of itself, hour by hour; looked at every minute.",
    )
    op.create_table(
        "query_timings",
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
            "query_name",
            sa.Text(),
            nullable=False,
            comment="The query, such as predictions.recent.",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the ten minutes.",
        ),
        sa.Column("n", sa.BigInteger(), nullable=False, comment="How often it ran."),
        sa.Column(
            "sum_ms", sa.Double(), nullable=False, comment="Sum of its times, in milliseconds."
        ),
        sa.Column(
            "sketch",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Sketch of its times in milliseconds, for quantiles.",
        ),
        sa.CheckConstraint(
            "query_name <> '' AND length(query_name) <= 255",
            name=op.f("ck_query_timings_query_name_valid"),
        ),
        sa.CheckConstraint(
            "sum_ms >= 0 AND sum_ms < 'infinity'", name=op.f("ck_query_timings_sum_ms_valid")
        ),
        sa.CheckConstraint("n >= 0", name=op.f("ck_query_timings_n_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_query_timings_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_query_timings")),
        sa.UniqueConstraint(
            "tenant_id",
            "query_name",
            "started_at",
            name=op.f("uq_query_timings_tenant_id_query_name_started_at"),
        ),
        schema="operations",
        comment="How long a named query took, in ten minutes, of all processes of the house.",
    )
    op.create_table(
        "alerts",
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
        sa.Column("alert_rule_id", sa.UUID(), nullable=False, comment="Its rule."),
        sa.Column(
            "rule_name",
            sa.Text(),
            nullable=False,
            comment="Name of the rule when the alert was made.",
        ),
        sa.Column("metric", sa.Text(), nullable=False, comment="Number that was compared."),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="Table, query or model that it is about; may be empty.",
        ),
        sa.Column("severity", sa.Text(), nullable=False, comment="How urgent it is."),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "value", sa.Double(), nullable=False, comment="The number when it was looked at last."
        ),
        sa.Column("threshold", sa.Double(), nullable=False, comment="What it was compared with."),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the rule held for the first time.",
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When it held for the last time.",
        ),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it had held long enough; NULL while pending.",
        ),
        sa.Column(
            "acknowledged_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When somebody said that they look into it.",
        ),
        sa.Column("acknowledged_by", sa.Text(), nullable=True, comment="Who that was."),
        sa.Column(
            "closed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the rule held no more; NULL while it does.",
        ),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_alerts_closed_at_valid")
        ),
        sa.CheckConstraint(
            "acknowledged_by <> '' AND length(acknowledged_by) <= 255",
            name=op.f("ck_alerts_acknowledged_by_valid"),
        ),
        sa.CheckConstraint(
            "metric <> '' AND length(metric) <= 255", name=op.f("ck_alerts_metric_valid")
        ),
        sa.CheckConstraint(
            "rule_name <> '' AND length(rule_name) <= 255", name=op.f("ck_alerts_rule_name_valid")
        ),
        sa.CheckConstraint(
            "severity IN ('info', 'warning', 'critical')", name=op.f("ck_alerts_severity_valid")
        ),
        sa.CheckConstraint(
            "status = 'pending' OR opened_at IS NOT NULL", name=op.f("ck_alerts_opened_at_valid")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'open', 'closed')", name=op.f("ck_alerts_status_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "alert_rule_id"],
            ["operations.alert_rules.tenant_id", "operations.alert_rules.id"],
            name="fk_alerts_alert_rule_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenancy.tenants.id"], name="fk_alerts_tenant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alerts")),
        schema="operations",
        comment="A rule that held, from the first look to the last; one open alert a rule and subject.",
    )
    op.create_index(
        "ix_alerts_alert_rule_id",
        "alerts",
        ["tenant_id", "alert_rule_id"],
        unique=False,
        schema="operations",
    )
    op.create_index(
        "ix_alerts_status",
        "alerts",
        ["tenant_id", "status", "opened_at"],
        unique=False,
        schema="operations",
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["tenant_id", "alert_rule_id", "subject"],
        unique=True,
        schema="operations",
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.add_column(
        "job_runs",
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Not started before; NULL: as soon as a worker is free.",
        ),
        schema="operations",
    )
    op.table_policy(
        "operations.health_readings",
        add=["app:delete,insert,select,update", "keep:90", "rls:tenant"],
    )
    op.table_policy(
        "operations.query_timings", add=["app:delete,insert,select,update", "keep:30", "rls:tenant"]
    )
    op.table_policy(
        "operations.alert_rules",
        add=["app:delete,insert,select,update", "audit", "rls:tenant", "touch"],
    )
    op.table_policy(
        "operations.alerts", add=["app:delete,insert,select,update", "keep:730", "rls:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "operations.alerts", remove=["app:delete,insert,select,update", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "operations.alert_rules",
        remove=["app:delete,insert,select,update", "audit", "rls:tenant", "touch"],
    )
    op.table_policy(
        "operations.query_timings",
        remove=["app:delete,insert,select,update", "keep:30", "rls:tenant"],
    )
    op.table_policy(
        "operations.health_readings",
        remove=["app:delete,insert,select,update", "keep:90", "rls:tenant"],
    )
    op.drop_column("job_runs", "due_at", schema="operations")
    op.drop_index(
        "uq_alerts_open",
        table_name="alerts",
        schema="operations",
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.drop_index("ix_alerts_status", table_name="alerts", schema="operations")
    op.drop_index("ix_alerts_alert_rule_id", table_name="alerts", schema="operations")
    op.drop_table("alerts", schema="operations")
    op.drop_table("query_timings", schema="operations")
    op.drop_table("health_readings", schema="operations")
    op.drop_table("alert_rules", schema="operations")
