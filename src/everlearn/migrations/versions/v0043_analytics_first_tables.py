"""analytics first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA analytics")
    op.execute(
        "GRANT USAGE ON SCHEMA analytics TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "analytics_dashboards",
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
            "user_id",
            sa.UUID(),
            nullable=True,
            comment="User whose it is; NULL when a job or a key made it.",
        ),
        sa.Column(
            "team_id", sa.UUID(), nullable=True, comment="Team that sees it when is_shared is true."
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("description", sa.Text(), nullable=True, comment="What it shows."),
        sa.Column(
            "dashboard_config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What it is made of, and how it is laid out.",
        ),
        sa.Column(
            "is_shared",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the team's members see it.",
        ),
        sa.Column(
            "is_public",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether every user of the tenant sees it.",
        ),
        sa.Column(
            "view_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Times it was looked at.",
        ),
        sa.Column(
            "last_viewed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last looked at.",
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
            "jsonb_typeof(dashboard_config) = 'object'",
            name=op.f("ck_analytics_dashboards_dashboard_config_valid"),
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_analytics_dashboards_name_valid")
        ),
        sa.CheckConstraint(
            "view_count >= 0", name=op.f("ck_analytics_dashboards_view_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["tenancy.teams.tenant_id", "tenancy.teams.id"],
            name="fk_analytics_dashboards_team_id",
            ondelete="SET NULL (team_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_analytics_dashboards_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_analytics_dashboards_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_analytics_dashboards")),
        schema="analytics",
        comment="A saved dashboard: its owner's alone, shared with a team, or public within the tenant.",
    )
    op.create_index(
        "ix_analytics_dashboards_created_at",
        "analytics_dashboards",
        ["tenant_id", "created_at"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_analytics_dashboards_is_shared",
        "analytics_dashboards",
        ["tenant_id", "is_shared"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_analytics_dashboards_team_id",
        "analytics_dashboards",
        ["tenant_id", "team_id"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_analytics_dashboards_user_id",
        "analytics_dashboards",
        ["tenant_id", "user_id"],
        unique=False,
        schema="analytics",
    )
    op.create_table(
        "usage_trends",
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
        sa.Column("user_id", sa.UUID(), nullable=True, comment="User who used it."),
        sa.Column("team_id", sa.UUID(), nullable=True, comment="Team that used it."),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="What was used."),
        sa.Column("metric_value", sa.Double(), nullable=False, comment="How much, in metric_unit."),
        sa.Column("metric_unit", sa.Text(), nullable=True, comment="What it is counted in."),
        sa.Column(
            "period_start",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Beginning of the period.",
        ),
        sa.Column(
            "period_end", sa.DateTime(timezone=True), nullable=False, comment="End of the period."
        ),
        sa.Column("period_type", sa.Text(), nullable=False, comment="Length of the period."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the writer notes.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was written.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_usage_trends_metadata_valid")
        ),
        sa.CheckConstraint(
            "metric_name IN ('api_calls', 'predictions', 'storage', 'cost')",
            name=op.f("ck_usage_trends_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('count', 'bytes', 'dollars', 'percentage')",
            name=op.f("ck_usage_trends_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "period_type IN ('hour', 'day', 'week', 'month')",
            name=op.f("ck_usage_trends_period_type_valid"),
        ),
        sa.CheckConstraint(
            "period_end >= period_start", name=op.f("ck_usage_trends_period_end_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"],
            ["tenancy.teams.tenant_id", "tenancy.teams.id"],
            name="fk_usage_trends_team_id",
            ondelete="SET NULL (team_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_usage_trends_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_usage_trends_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_usage_trends")),
        schema="analytics",
        comment="How much of something a user, a team or the whole tenant used in a period.",
    )
    op.create_index(
        "ix_usage_trends_metric_name",
        "usage_trends",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_usage_trends_period",
        "usage_trends",
        ["tenant_id", "period_start", "period_end"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_usage_trends_period_type",
        "usage_trends",
        ["tenant_id", "period_type"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_usage_trends_team_id",
        "usage_trends",
        ["tenant_id", "team_id"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_usage_trends_user_id",
        "usage_trends",
        ["tenant_id", "user_id"],
        unique=False,
        schema="analytics",
    )
    op.create_table(
        "analytics_reports",
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
        sa.Column("dashboard_id", sa.UUID(), nullable=True, comment="Dashboard it was made from."),
        sa.Column(
            "user_id",
            sa.UUID(),
            nullable=True,
            comment="User it was made for; NULL for jobs and keys.",
        ),
        sa.Column("report_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("report_type", sa.Text(), nullable=False, comment="Form of the file."),
        sa.Column(
            "report_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="What it says.",
        ),
        sa.Column("file_path", sa.Text(), nullable=True, comment="Where the file is."),
        sa.Column(
            "file_size_bytes", sa.BigInteger(), nullable=True, comment="Size of the file, in bytes."
        ),
        sa.Column(
            "generated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made.",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it may be thrown away; NULL means never.",
        ),
        sa.Column(
            "download_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Times it was fetched.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(report_data) = 'object'",
            name=op.f("ck_analytics_reports_report_data_valid"),
        ),
        sa.CheckConstraint(
            "report_name <> '' AND length(report_name) <= 255",
            name=op.f("ck_analytics_reports_report_name_valid"),
        ),
        sa.CheckConstraint(
            "report_type IN ('pdf', 'csv', 'json', 'html')",
            name=op.f("ck_analytics_reports_report_type_valid"),
        ),
        sa.CheckConstraint(
            "download_count >= 0", name=op.f("ck_analytics_reports_download_count_valid")
        ),
        sa.CheckConstraint(
            "expires_at >= generated_at", name=op.f("ck_analytics_reports_expires_at_valid")
        ),
        sa.CheckConstraint(
            "file_size_bytes >= 0", name=op.f("ck_analytics_reports_file_size_bytes_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "dashboard_id"],
            ["analytics.analytics_dashboards.tenant_id", "analytics.analytics_dashboards.id"],
            name="fk_analytics_reports_dashboard_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_analytics_reports_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_analytics_reports_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_analytics_reports")),
        schema="analytics",
        comment="A report made from a dashboard; seen by the user it was made for.",
    )
    op.create_index(
        "ix_analytics_reports_dashboard_id",
        "analytics_reports",
        ["tenant_id", "dashboard_id"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_analytics_reports_generated_at",
        "analytics_reports",
        ["tenant_id", "generated_at"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_analytics_reports_report_type",
        "analytics_reports",
        ["tenant_id", "report_type"],
        unique=False,
        schema="analytics",
    )
    op.create_index(
        "ix_analytics_reports_user_id",
        "analytics_reports",
        ["tenant_id", "user_id"],
        unique=False,
        schema="analytics",
    )
    op.table_policy(
        "analytics.analytics_dashboards",
        add=[
            "app:delete,insert,select,update",
            "rls:tenant|see=owner:user_id,flag:is_public,shared:is_shared:team_id|change=owner:user_id",
            "touch",
        ],
    )
    op.table_policy(
        "analytics.analytics_reports",
        add=["app:delete,insert,select,update", "keep:730", "rls:tenant|see=owner:user_id"],
    )
    op.table_policy("analytics.usage_trends", add=["app:insert,select", "keep:730", "rls:tenant"])
    op.view(
        "analytics.v_all_predictions",
        "SELECT 'ml_predictions' AS source_table, p.id, p.tenant_id, p.service_name, p.prediction_type,\n       p.predicted_value, o.actual_value, p.confidence, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.role = 'live'\nUNION ALL\nSELECT 'predictions', f.id, f.tenant_id, NULL, f.prediction_type,\n       CASE\n         WHEN jsonb_typeof(f.predicted_value) IS DISTINCT FROM 'number' THEN NULL\n         WHEN abs(f.predicted_value::numeric) BETWEEN 1e-307 AND 1e308 THEN f.predicted_value::double precision\n         WHEN abs(f.predicted_value::numeric) < 1e-307 THEN 0\n       END,\n       CASE\n         WHEN jsonb_typeof(f.actual_outcome) IS DISTINCT FROM 'number' THEN NULL\n         WHEN abs(f.actual_outcome::numeric) BETWEEN 1e-307 AND 1e308 THEN f.actual_outcome::double precision\n         WHEN abs(f.actual_outcome::numeric) < 1e-307 THEN 0\n       END,\n       NULL, NULL, f.prediction_timestamp\nFROM predictions.predictions AS f\nUNION ALL\nSELECT 'ensemble_predictions', e.id, e.tenant_id, e.service_name, e.prediction_type,\n       e.ensemble_prediction, e.actual_value, e.confidence, NULL, e.created_at\nFROM ensembles.ensemble_predictions AS e\nUNION ALL\nSELECT 'cross_domain_predictions', c.id, c.tenant_id, NULL, c.target_domain,\n       c.target_domain_prediction, c.actual_value, c.adaptation_confidence,\n       r.target_model_version, c.created_at\nFROM transfer.cross_domain_predictions AS c\nLEFT JOIN transfer.transfer_learning_runs AS r\n  ON r.tenant_id = c.tenant_id AND r.id = c.transfer_run_id",
        comment="Answers that were given by models, clients, ensembles and transferred models, and forecasts; the prediction_type of a transferred model's answer is its target domain.",
        was=None,
        insert=None,
    )
    op.view(
        "analytics.v_all_metrics",
        "SELECT 'model_metrics' AS source_table, m.id, m.tenant_id, 'model_version' AS owner_type,\n       m.model_version_id::text AS owner_id, m.metric_name AS name, m.metric_value AS value,\n       NULL::text AS unit, m.evaluation_date AS period_start, m.evaluation_date AS period_end\nFROM registry.model_metrics AS m\nUNION ALL\nSELECT 'ml_performance_metrics', m.id, m.tenant_id, 'service', m.service_name, m.metric_name,\n       m.metric_value, m.metric_unit, m.period_start, m.period_end\nFROM predictions.ml_performance_metrics AS m\nUNION ALL\nSELECT 'ensemble_performance', m.id, m.tenant_id, 'ensemble', m.ensemble_config_id::text,\n       m.metric_name, m.metric_value, m.metric_unit, m.period_start, m.period_end\nFROM ensembles.ensemble_performance AS m\nUNION ALL\nSELECT 'architecture_performance', m.id, m.tenant_id, 'architecture_candidate',\n       m.candidate_id::text, m.metric_name, m.metric_value, m.metric_unit,\n       m.evaluated_at, m.evaluated_at\nFROM nas.architecture_performance AS m\nUNION ALL\nSELECT 'fine_tuning_metrics', m.id, m.tenant_id, 'fine_tuning_job', m.job_id::text,\n       m.metric_name, m.metric_value, NULL, m.\"timestamp\", m.\"timestamp\"\nFROM finetuning.fine_tuning_metrics AS m\nUNION ALL\nSELECT 'domain_adaptation_metrics', m.id, m.tenant_id, 'transfer_learning_run',\n       m.transfer_run_id::text, m.metric_name, m.metric_value, m.metric_unit,\n       m.evaluated_at, m.evaluated_at\nFROM transfer.domain_adaptation_metrics AS m\nUNION ALL\nSELECT 'federated_metrics', m.id, m.tenant_id,\n       CASE WHEN m.node_id IS NULL THEN 'federated_round' ELSE 'federated_node' END,\n       coalesce(m.node_id, m.round_number::text), m.metric_name, m.metric_value,\n       m.metric_unit, m.recorded_at, m.recorded_at\nFROM federated.federated_metrics AS m\nUNION ALL\nSELECT 'evolution_metrics', m.id, m.tenant_id, 'evolution_generation', m.generation_id::text,\n       m.metric_name, m.metric_value, m.metric_unit, m.recorded_at, m.recorded_at\nFROM evolution.evolution_metrics AS m\nUNION ALL\nSELECT 'cache_performance', m.id, m.tenant_id, 'cache_tier', m.cache_tier, m.metric_name,\n       m.metric_value, m.metric_unit, m.period_start, m.period_end\nFROM caching.cache_performance AS m\nUNION ALL\nSELECT 'usage_trends', m.id, m.tenant_id,\n       CASE WHEN m.user_id IS NOT NULL THEN 'user'\n            WHEN m.team_id IS NOT NULL THEN 'team' ELSE 'tenant' END,\n       coalesce(m.user_id, m.team_id, m.tenant_id)::text, m.metric_name, m.metric_value,\n       m.metric_unit, m.period_start, m.period_end\nFROM analytics.usage_trends AS m\nUNION ALL\nSELECT 'system_performance_metrics', m.id, m.tenant_id, 'component', m.source_component,\n       m.metric_name, m.value, m.unit, m.\"timestamp\", m.\"timestamp\"\nFROM operations.system_performance_metrics AS m",
        comment="Every measured number with whose it is: owner_type, and owner_id as text; what was measured at one moment has a period that ends as it begins.",
        was=None,
        insert=None,
    )


def downgrade() -> None:
    op.view(
        "analytics.v_all_metrics",
        None,
        comment="",
        was=(
            "SELECT 'model_metrics' AS source_table, m.id, m.tenant_id, 'model_version' AS owner_type,\n       m.model_version_id::text AS owner_id, m.metric_name AS name, m.metric_value AS value,\n       NULL::text AS unit, m.evaluation_date AS period_start, m.evaluation_date AS period_end\nFROM registry.model_metrics AS m\nUNION ALL\nSELECT 'ml_performance_metrics', m.id, m.tenant_id, 'service', m.service_name, m.metric_name,\n       m.metric_value, m.metric_unit, m.period_start, m.period_end\nFROM predictions.ml_performance_metrics AS m\nUNION ALL\nSELECT 'ensemble_performance', m.id, m.tenant_id, 'ensemble', m.ensemble_config_id::text,\n       m.metric_name, m.metric_value, m.metric_unit, m.period_start, m.period_end\nFROM ensembles.ensemble_performance AS m\nUNION ALL\nSELECT 'architecture_performance', m.id, m.tenant_id, 'architecture_candidate',\n       m.candidate_id::text, m.metric_name, m.metric_value, m.metric_unit,\n       m.evaluated_at, m.evaluated_at\nFROM nas.architecture_performance AS m\nUNION ALL\nSELECT 'fine_tuning_metrics', m.id, m.tenant_id, 'fine_tuning_job', m.job_id::text,\n       m.metric_name, m.metric_value, NULL, m.\"timestamp\", m.\"timestamp\"\nFROM finetuning.fine_tuning_metrics AS m\nUNION ALL\nSELECT 'domain_adaptation_metrics', m.id, m.tenant_id, 'transfer_learning_run',\n       m.transfer_run_id::text, m.metric_name, m.metric_value, m.metric_unit,\n       m.evaluated_at, m.evaluated_at\nFROM transfer.domain_adaptation_metrics AS m\nUNION ALL\nSELECT 'federated_metrics', m.id, m.tenant_id,\n       CASE WHEN m.node_id IS NULL THEN 'federated_round' ELSE 'federated_node' END,\n       coalesce(m.node_id, m.round_number::text), m.metric_name, m.metric_value,\n       m.metric_unit, m.recorded_at, m.recorded_at\nFROM federated.federated_metrics AS m\nUNION ALL\nSELECT 'evolution_metrics', m.id, m.tenant_id, 'evolution_generation', m.generation_id::text,\n       m.metric_name, m.metric_value, m.metric_unit, m.recorded_at, m.recorded_at\nFROM evolution.evolution_metrics AS m\nUNION ALL\nSELECT 'cache_performance', m.id, m.tenant_id, 'cache_tier', m.cache_tier, m.metric_name,\n       m.metric_value, m.metric_unit, m.period_start, m.period_end\nFROM caching.cache_performance AS m\nUNION ALL\nSELECT 'usage_trends', m.id, m.tenant_id,\n       CASE WHEN m.user_id IS NOT NULL THEN 'user'\n            WHEN m.team_id IS NOT NULL THEN 'team' ELSE 'tenant' END,\n       coalesce(m.user_id, m.team_id, m.tenant_id)::text, m.metric_name, m.metric_value,\n       m.metric_unit, m.period_start, m.period_end\nFROM analytics.usage_trends AS m\nUNION ALL\nSELECT 'system_performance_metrics', m.id, m.tenant_id, 'component', m.source_component,\n       m.metric_name, m.value, m.unit, m.\"timestamp\", m.\"timestamp\"\nFROM operations.system_performance_metrics AS m",
            "Every measured number with whose it is: owner_type, and owner_id as text; what was measured at one moment has a period that ends as it begins.",
            None,
        ),
        insert=None,
    )
    op.view(
        "analytics.v_all_predictions",
        None,
        comment="",
        was=(
            "SELECT 'ml_predictions' AS source_table, p.id, p.tenant_id, p.service_name, p.prediction_type,\n       p.predicted_value, o.actual_value, p.confidence, p.model_version,\n       p.prediction_timestamp AS created_at\nFROM predictions.ml_predictions AS p\nLEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id\nWHERE p.role = 'live'\nUNION ALL\nSELECT 'predictions', f.id, f.tenant_id, NULL, f.prediction_type,\n       CASE\n         WHEN jsonb_typeof(f.predicted_value) IS DISTINCT FROM 'number' THEN NULL\n         WHEN abs(f.predicted_value::numeric) BETWEEN 1e-307 AND 1e308 THEN f.predicted_value::double precision\n         WHEN abs(f.predicted_value::numeric) < 1e-307 THEN 0\n       END,\n       CASE\n         WHEN jsonb_typeof(f.actual_outcome) IS DISTINCT FROM 'number' THEN NULL\n         WHEN abs(f.actual_outcome::numeric) BETWEEN 1e-307 AND 1e308 THEN f.actual_outcome::double precision\n         WHEN abs(f.actual_outcome::numeric) < 1e-307 THEN 0\n       END,\n       NULL, NULL, f.prediction_timestamp\nFROM predictions.predictions AS f\nUNION ALL\nSELECT 'ensemble_predictions', e.id, e.tenant_id, e.service_name, e.prediction_type,\n       e.ensemble_prediction, e.actual_value, e.confidence, NULL, e.created_at\nFROM ensembles.ensemble_predictions AS e\nUNION ALL\nSELECT 'cross_domain_predictions', c.id, c.tenant_id, NULL, c.target_domain,\n       c.target_domain_prediction, c.actual_value, c.adaptation_confidence,\n       r.target_model_version, c.created_at\nFROM transfer.cross_domain_predictions AS c\nLEFT JOIN transfer.transfer_learning_runs AS r\n  ON r.tenant_id = c.tenant_id AND r.id = c.transfer_run_id",
            "Answers that were given by models, clients, ensembles and transferred models, and forecasts; the prediction_type of a transferred model's answer is its target domain.",
            None,
        ),
        insert=None,
    )
    op.table_policy(
        "analytics.usage_trends", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy(
        "analytics.analytics_reports",
        remove=["app:delete,insert,select,update", "keep:730", "rls:tenant|see=owner:user_id"],
    )
    op.table_policy(
        "analytics.analytics_dashboards",
        remove=[
            "app:delete,insert,select,update",
            "rls:tenant|see=owner:user_id,flag:is_public,shared:is_shared:team_id|change=owner:user_id",
            "touch",
        ],
    )
    op.drop_index(
        "ix_analytics_reports_user_id", table_name="analytics_reports", schema="analytics"
    )
    op.drop_index(
        "ix_analytics_reports_report_type", table_name="analytics_reports", schema="analytics"
    )
    op.drop_index(
        "ix_analytics_reports_generated_at", table_name="analytics_reports", schema="analytics"
    )
    op.drop_index(
        "ix_analytics_reports_dashboard_id", table_name="analytics_reports", schema="analytics"
    )
    op.drop_table("analytics_reports", schema="analytics")
    op.drop_index("ix_usage_trends_user_id", table_name="usage_trends", schema="analytics")
    op.drop_index("ix_usage_trends_team_id", table_name="usage_trends", schema="analytics")
    op.drop_index("ix_usage_trends_period_type", table_name="usage_trends", schema="analytics")
    op.drop_index("ix_usage_trends_period", table_name="usage_trends", schema="analytics")
    op.drop_index("ix_usage_trends_metric_name", table_name="usage_trends", schema="analytics")
    op.drop_table("usage_trends", schema="analytics")
    op.drop_index(
        "ix_analytics_dashboards_user_id", table_name="analytics_dashboards", schema="analytics"
    )
    op.drop_index(
        "ix_analytics_dashboards_team_id", table_name="analytics_dashboards", schema="analytics"
    )
    op.drop_index(
        "ix_analytics_dashboards_is_shared", table_name="analytics_dashboards", schema="analytics"
    )
    op.drop_index(
        "ix_analytics_dashboards_created_at", table_name="analytics_dashboards", schema="analytics"
    )
    op.drop_table("analytics_dashboards", schema="analytics")
    op.execute("DROP SCHEMA analytics CASCADE")
