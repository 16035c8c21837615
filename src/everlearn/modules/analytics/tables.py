"""Tables and views of the analytics module."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Bytes,
    Count,
    Day,
    Id,
    Json,
    Moment,
    Name,
    Number,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row, view
from everlearn.modules.analytics.types import PeriodType, ReportType, UsageMetric, UsageUnit


class AnalyticsDashboard(
    Row,
    module="analytics",
    policy=Policy(
        rows="tenant",
        see=("owner:user_id", "flag:is_public", "shared:is_shared:team_id"),
        change=("owner:user_id",),
        touch=True,
    ),
    expose=("list", "get"),
):
    """A saved dashboard: its owner's alone, shared with a team, or public within the tenant."""

    __tablename__ = "analytics_dashboards"

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "User whose it is; NULL when a job or a key made it.", ondelete="CASCADE"
    )
    team_id: Mapped[Id | None] = ref(
        "tenancy.teams", "Team that sees it when is_shared is true.", ondelete="SET NULL"
    )
    name: Mapped[Name] = column("Name shown to people.")
    description: Mapped[Words | None] = column("What it shows.")
    dashboard_config: Mapped[Json] = column("What it is made of, and how it is laid out.")
    is_shared: Mapped[bool] = column(
        "Whether the team's members see it.", default="false", index=True
    )
    is_public: Mapped[bool] = column("Whether every user of the tenant sees it.", default="false")
    view_count: Mapped[Count] = column("Times it was looked at.", default="0")
    last_viewed_at: Mapped[Moment | None] = column("When it was last looked at.")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class AnalyticsReport(
    Row,
    module="analytics",
    policy=Policy(rows="tenant", see=("owner:user_id",), keep_days=730),
    expose=("list", "get"),
):
    """A report made from a dashboard; seen by the user it was made for."""

    __tablename__ = "analytics_reports"
    __table_args__ = (
        CheckConstraint("expires_at >= generated_at", name="expires_at_valid"),
        Index("ix_analytics_reports_report_type", "tenant_id", "report_type"),
    )

    dashboard_id: Mapped[Id | None] = ref(
        "analytics.analytics_dashboards", "Dashboard it was made from.", ondelete="CASCADE"
    )
    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "User it was made for; NULL for jobs and keys.", ondelete="CASCADE"
    )
    report_name: Mapped[Name] = column("Name shown to people.")
    report_type: Mapped[Words] = choice(ReportType, "Form of the file.")
    report_data: Mapped[Json] = column("What it says.")
    file_path: Mapped[Words | None] = column("Where the file is.")
    file_size_bytes: Mapped[Bytes | None] = column("Size of the file, in bytes.")
    generated_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
    expires_at: Mapped[Moment | None] = column("When it may be thrown away; NULL means never.")
    download_count: Mapped[Count] = column("Times it was fetched.", default="0")


class UsageTrend(
    Row,
    module="analytics",
    # Not append-only: what comes late or is corrected changes a period that was counted.
    policy=Policy(rows="tenant", keep_days=730),
    expose=("list", "get"),
):
    """How much of something a user, a team or the whole tenant used in a period."""

    # A refresh counts the whole tenant's predictions by the hour, day, week and month (UTC).

    __tablename__ = "usage_trends"
    __table_args__ = (
        CheckConstraint("period_end >= period_start", name="period_end_valid"),
        Index("ix_usage_trends_period", "tenant_id", "period_start", "period_end"),
        Index("ix_usage_trends_metric_name", "tenant_id", "metric_name"),
        Index("ix_usage_trends_period_type", "tenant_id", "period_type"),
    )

    user_id: Mapped[Id | None] = ref("tenancy.users", "User who used it.", ondelete="SET NULL")
    team_id: Mapped[Id | None] = ref("tenancy.teams", "Team that used it.", ondelete="SET NULL")
    metric_name: Mapped[Words] = choice(UsageMetric, "What was used.")
    metric_value: Mapped[Number] = column("How much, in metric_unit.")
    metric_unit: Mapped[Words | None] = choice(UsageUnit, "What it is counted in.")
    period_start: Mapped[Moment] = column("Beginning of the period.")
    period_end: Mapped[Moment] = column("End of the period.")
    period_type: Mapped[Words] = choice(PeriodType, "Length of the period.")
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    recorded_at: Mapped[Moment] = column("When it was written.", default="now()")


class StaleUsageDay(Row, module="analytics", policy=Policy(rows="tenant", hot=True)):
    """A note that a day's usage by hour changed since usage_trends was made of it."""

    __tablename__ = "stale_usage_days"

    used_on: Mapped[Day] = column("Day of the usage, in UTC.")


FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION analytics.mark_stale_usage() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO analytics.stale_usage_days (tenant_id, used_on)
        SELECT DISTINCT n.tenant_id, (n.hour_start AT TIME ZONE 'UTC')::date
        FROM new_rows n WHERE n.role = 'live';
      ELSE
        INSERT INTO analytics.stale_usage_days (tenant_id, used_on)
        SELECT DISTINCT o.tenant_id, (o.hour_start AT TIME ZONE 'UTC')::date
        FROM old_rows o
        -- What is left of a tenant that is gone is being cleared away.
        WHERE o.role = 'live' AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
      END IF;
      RETURN NULL;
    END $$
    """,
    """
    COMMENT ON FUNCTION analytics.mark_stale_usage() IS
      'Notes the days whose usage a statement on hourly_prediction_usage made stale.'
    """,
)
# On the hours, which only a refresh writes: whoever predicts does not pay for it.
AFTER = tuple(
    f"""
    CREATE OR REPLACE TRIGGER stale_usage_{verb.lower()}
    AFTER {verb} ON predictions.hourly_prediction_usage
    REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION analytics.mark_stale_usage()
    """
    for verb, rows in (
        ("INSERT", "NEW TABLE AS new_rows"),
        ("UPDATE", "NEW TABLE AS new_rows"),
        ("DELETE", "OLD TABLE AS old_rows"),
    )
)


def _number(value: str) -> str:
    """Give SQL for a JSON value as a double, NULL when it is no number that a double can hold."""
    return f"""CASE
             WHEN jsonb_typeof({value}) IS DISTINCT FROM 'number' THEN NULL
             WHEN abs({value}::numeric) BETWEEN 1e-307 AND 1e308 THEN {value}::double precision
             WHEN abs({value}::numeric) < 1e-307 THEN 0
           END"""


view(
    "analytics",
    "v_all_predictions",
    "Answers that were given by models, clients, ensembles and transferred models, and forecasts;"
    " the prediction_type of a transferred model's answer is its target domain.",
    f"""
    SELECT 'ml_predictions' AS source_table, p.id, p.tenant_id, p.service_name, p.prediction_type,
           p.predicted_value, o.actual_value, p.confidence, p.model_version,
           p.prediction_timestamp AS created_at
    FROM predictions.ml_predictions AS p
    LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id
    WHERE p.role = 'live'
    UNION ALL
    SELECT 'predictions', f.id, f.tenant_id, NULL, f.prediction_type,
           {_number("f.predicted_value")},
           {_number("f.actual_outcome")},
           NULL, NULL, f.prediction_timestamp
    FROM predictions.predictions AS f
    UNION ALL
    SELECT 'ensemble_predictions', e.id, e.tenant_id, e.service_name, e.prediction_type,
           e.ensemble_prediction, e.actual_value, e.confidence, NULL, e.created_at
    FROM ensembles.ensemble_predictions AS e
    UNION ALL
    SELECT 'cross_domain_predictions', c.id, c.tenant_id, NULL, c.target_domain,
           c.target_domain_prediction, c.actual_value, c.adaptation_confidence,
           r.target_model_version, c.created_at
    FROM transfer.cross_domain_predictions AS c
    LEFT JOIN transfer.transfer_learning_runs AS r
      ON r.tenant_id = c.tenant_id AND r.id = c.transfer_run_id
    """,
)

view(
    "analytics",
    "v_all_metrics",
    "Every measured number with whose it is: owner_type, and owner_id as text; what was measured at"
    " one moment has a period that ends as it begins.",
    """
    SELECT 'model_metrics' AS source_table, m.id, m.tenant_id, 'model_version' AS owner_type,
           m.model_version_id::text AS owner_id, m.metric_name AS name, m.metric_value AS value,
           NULL::text AS unit, m.evaluation_date AS period_start, m.evaluation_date AS period_end
    FROM registry.model_metrics AS m
    UNION ALL
    SELECT 'ml_performance_metrics', m.id, m.tenant_id, 'service', m.service_name, m.metric_name,
           m.metric_value, m.metric_unit, m.period_start, m.period_end
    FROM predictions.ml_performance_metrics AS m
    UNION ALL
    SELECT 'ensemble_performance', m.id, m.tenant_id, 'ensemble', m.ensemble_config_id::text,
           m.metric_name, m.metric_value, m.metric_unit, m.period_start, m.period_end
    FROM ensembles.ensemble_performance AS m
    UNION ALL
    SELECT 'architecture_performance', m.id, m.tenant_id, 'architecture_candidate',
           m.candidate_id::text, m.metric_name, m.metric_value, m.metric_unit,
           m.evaluated_at, m.evaluated_at
    FROM nas.architecture_performance AS m
    UNION ALL
    SELECT 'fine_tuning_metrics', m.id, m.tenant_id, 'fine_tuning_job', m.job_id::text,
           m.metric_name, m.metric_value, NULL, m."timestamp", m."timestamp"
    FROM finetuning.fine_tuning_metrics AS m
    UNION ALL
    SELECT 'domain_adaptation_metrics', m.id, m.tenant_id, 'transfer_learning_run',
           m.transfer_run_id::text, m.metric_name, m.metric_value, m.metric_unit,
           m.evaluated_at, m.evaluated_at
    FROM transfer.domain_adaptation_metrics AS m
    UNION ALL
    SELECT 'federated_metrics', m.id, m.tenant_id,
           CASE WHEN m.node_id IS NULL THEN 'federated_round' ELSE 'federated_node' END,
           coalesce(m.node_id, m.round_number::text), m.metric_name, m.metric_value,
           m.metric_unit, m.recorded_at, m.recorded_at
    FROM federated.federated_metrics AS m
    UNION ALL
    SELECT 'evolution_metrics', m.id, m.tenant_id, 'evolution_generation', m.generation_id::text,
           m.metric_name, m.metric_value, m.metric_unit, m.recorded_at, m.recorded_at
    FROM evolution.evolution_metrics AS m
    UNION ALL
    SELECT 'cache_performance', m.id, m.tenant_id, 'cache_tier', m.cache_tier, m.metric_name,
           m.metric_value, m.metric_unit, m.period_start, m.period_end
    FROM caching.cache_performance AS m
    UNION ALL
    SELECT 'usage_trends', m.id, m.tenant_id,
           CASE WHEN m.user_id IS NOT NULL THEN 'user'
                WHEN m.team_id IS NOT NULL THEN 'team' ELSE 'tenant' END,
           coalesce(m.user_id, m.team_id, m.tenant_id)::text, m.metric_name, m.metric_value,
           m.metric_unit, m.period_start, m.period_end
    FROM analytics.usage_trends AS m
    UNION ALL
    SELECT 'system_performance_metrics', m.id, m.tenant_id, 'component', m.source_component,
           m.metric_name, m.value, m.unit, m."timestamp", m."timestamp"
    FROM operations.system_performance_metrics AS m
    """,
)
