"""What is summed up of answers and outcomes, and the calibrations made from them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Day,
    Floats,
    Id,
    Json,
    Millis,
    Moment,
    Name,
    Number,
    Sketch,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.predictions.types import MetricUnit, PredictionRole


class Calibration(
    Row, module="predictions", policy=Policy(rows="tenant", append_only=True, keep_days=730)
):
    """A Venn-Abers predictor of a version: two step functions of the margin. The latest is used."""

    __tablename__ = "calibrations"
    __table_args__ = (
        Index("ix_calibrations_latest", "tenant_id", "model_version_id", text("fitted_at DESC")),
    )

    model_version_id: Mapped[Id] = ref("registry.model_versions", "Version it calibrates.")
    fitted_at: Mapped[Moment] = column("When it was made.")
    n_samples: Mapped[Count] = column("Outcomes it was made from.")
    lower_at: Mapped[Floats] = column("Margins at which the lower bound steps up.")
    lower_value: Mapped[Floats] = column("Lower bound before, between and after the steps.")
    upper_at: Mapped[Floats] = column("Margins above which the upper bound steps up.")
    upper_value: Mapped[Floats] = column("Upper bound before, between and after the steps.")


class PerformanceDaily(
    Row, module="predictions", policy=Policy(rows="tenant", keep_days=3650), expose=("list", "get")
):
    """Rollup: sums over the predictions that one version made on one day, moved by each outcome."""

    __tablename__ = "performance_daily"
    __table_args__ = (
        Index(
            "uq_performance_daily_key",
            "tenant_id",
            "ml_model_id",
            "made_on",
            "model_version_id",
            "role",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    ml_model_id: Mapped[Id] = mapped_column(comment="Model.")
    model_version_id: Mapped[Id | None] = ref(
        "registry.model_versions",
        "Version; NULL for answers that a client's own engine gave under the model's name.",
        ondelete="CASCADE",
    )
    role: Mapped[Words] = choice(PredictionRole, "Live or shadow.")
    made_on: Mapped[Day] = column("Day, in UTC, on which the predictions were made.")
    n_predictions: Mapped[Count] = column("Predictions made.", default="0")
    n_outcomes: Mapped[Count] = column("Those of them that are closed.", default="0")
    n_correct: Mapped[Count] = column("Those on the right side of one half.", default="0")
    sum_loss: Mapped[Number] = column("Sum of their losses.", default="0")
    sum_squared_error: Mapped[Number] = column("Sum of their squared errors.", default="0")
    sum_predicted: Mapped[Number] = column("Sum of their predicted values.", default="0")
    sum_actual: Mapped[Number] = column("Sum of their outcomes.", default="0")
    sum_confidence: Mapped[Number] = column("Sum of all predictions' confidences.", default="0")
    sum_inference_time_ms: Mapped[Millis] = column(
        "Sum of all predictions' inference times, ms.", default="0"
    )


class PerformanceQuantiles(
    Row, module="predictions", policy=Policy(rows="tenant", keep_days=3650), expose=("list", "get")
):
    """Rollup of a version's answers of one day: time taken, confidence and error, as sketches."""

    __tablename__ = "performance_quantiles"
    __table_args__ = (
        Index(
            "uq_performance_quantiles_key",
            "tenant_id",
            "ml_model_id",
            "made_on",
            "model_version_id",
            "role",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    ml_model_id: Mapped[Id] = mapped_column(comment="Model.")
    model_version_id: Mapped[Id | None] = ref(
        "registry.model_versions",
        "Version; NULL for answers that a client's own engine gave under the model's name.",
        ondelete="CASCADE",
    )
    role: Mapped[Words] = choice(PredictionRole, "Live or shadow.")
    made_on: Mapped[Day] = column("Day, in UTC, on which the predictions were made.")
    n_predictions: Mapped[Count] = column("Predictions made.")
    n_outcomes: Mapped[Count] = column("Those of them that are closed.")
    inference_times: Mapped[Sketch | None] = column("Sketch of inference_time_ms.")
    losses: Mapped[Sketch | None] = column("Sketch of the losses of the closed ones.")
    confidences: Mapped[Sketch | None] = column("Sketch of the confidences.")
    errors: Mapped[Sketch | None] = column(
        "Sketch of the errors of the closed ones, without their sign."
    )
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class ModelPerformanceQuantiles(
    Row, module="predictions", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """Rollup: what model_performance_summary counts, as sketches; one row a model, a minute old."""

    # Not columns of the summary: each batch of predictions writes that row anew, and this one is
    # ten times as long. Only the refresh writes it, so no writer of predictions waits for it.
    __tablename__ = "model_performance_quantiles"

    n_predictions: Mapped[Count] = column(
        "Live predictions of the model whose id is this row's id.", default="0"
    )
    n_outcomes: Mapped[Count] = column("Those of them that are closed.", default="0")
    inference_times: Mapped[Sketch | None] = column("Sketch of inference_time_ms.")
    losses: Mapped[Sketch | None] = column("Sketch of the losses of the closed ones.")
    confidences: Mapped[Sketch | None] = column("Sketch of the confidences.")
    errors: Mapped[Sketch | None] = column(
        "Sketch of the errors of the closed ones, without their sign."
    )
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class HourlyPredictionUsage(
    Row, module="predictions", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """How many predictions a model made in an hour; exact, a minute old."""

    __tablename__ = "hourly_prediction_usage"
    __table_args__ = (
        Index(
            "uq_hourly_prediction_usage_key",
            "tenant_id",
            "ml_model_id",
            "hour_start",
            "role",
            unique=True,
        ),
        Index("ix_hourly_prediction_usage_hour", "tenant_id", "hour_start"),
    )

    ml_model_id: Mapped[Id] = mapped_column(comment="Model.")
    role: Mapped[Words] = choice(PredictionRole, "Live or shadow.")
    hour_start: Mapped[Moment] = column("Beginning of the hour.")
    n_predictions: Mapped[Count] = column("Predictions made.")
    refreshed_at: Mapped[Moment] = column("When it was computed.", default="now()")


class StalePerformanceDay(Row, module="predictions", policy=Policy(rows="tenant", hot=True)):
    """A note that a model's sums of a day were moved since its quantiles were computed."""

    __tablename__ = "stale_performance_days"

    ml_model_id: Mapped[Id] = column("The model.")
    made_on: Mapped[Day] = column("Day, in UTC, on which the predictions were made.")


# On the sums and not on the predictions: they are moved once for a batch, however many rows it has.
MARK_STALE = """
CREATE OR REPLACE FUNCTION predictions.mark_stale_performance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO predictions.stale_performance_days (tenant_id, ml_model_id, made_on)
    SELECT DISTINCT n.tenant_id, n.ml_model_id, n.made_on FROM new_rows n;
  ELSE
    INSERT INTO predictions.stale_performance_days (tenant_id, ml_model_id, made_on)
    SELECT DISTINCT o.tenant_id, o.ml_model_id, o.made_on FROM old_rows o
    -- What is left of a tenant that is gone is being cleared away.
    WHERE EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
  END IF;
  RETURN NULL;
END $$
"""
MARK_STALE_ROWS = tuple(
    f"""
CREATE OR REPLACE TRIGGER stale_{verb.lower()} AFTER {verb} ON predictions.performance_daily
REFERENCING {table} FOR EACH STATEMENT EXECUTE FUNCTION predictions.mark_stale_performance()
"""
    for verb, table in (
        ("INSERT", "NEW TABLE AS new_rows"),
        ("UPDATE", "NEW TABLE AS new_rows"),
        ("DELETE", "OLD TABLE AS old_rows"),
    )
)


# Changes are rare and never made by a service, so writers do not pay for them: a person corrects an
# outcome or deletes a prediction. What retention takes leaves marks too, and stays counted.
MARK_CHANGED = (
    """
CREATE OR REPLACE FUNCTION predictions.mark_changed_predictions() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)
  SELECT DISTINCT o.tenant_id, o.ml_model_id, CASE WHEN o.ml_model_id IS NULL THEN o.model_id END,
         o.made_on
  FROM old_rows o
  WHERE (o.ml_model_id IS NOT NULL OR o.model_id IS NOT NULL)
    -- What is left of a tenant that is gone is being cleared away.
    AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)
    SELECT DISTINCT n.tenant_id, n.ml_model_id, CASE WHEN n.ml_model_id IS NULL THEN n.model_id END,
           n.made_on
    FROM new_rows n WHERE n.ml_model_id IS NOT NULL OR n.model_id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE FUNCTION predictions.mark_changed_outcomes() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO predictions.performance_marks (tenant_id, ml_model_id, model_id, made_on)
  SELECT DISTINCT o.tenant_id, o.ml_model_id, p.model_id,
         (o.predicted_at AT TIME ZONE 'UTC')::date
  FROM old_rows o
  LEFT JOIN predictions.ml_predictions p
    ON o.ml_model_id IS NULL AND p.tenant_id = o.tenant_id AND p.id = o.id
  WHERE (o.ml_model_id IS NOT NULL OR p.model_id IS NOT NULL)
    AND EXISTS (SELECT FROM tenancy.tenants t WHERE t.id = o.tenant_id);
  RETURN NULL;
END $$
""",
)
MARK_CHANGED_ROWS = tuple(
    f"""
CREATE OR REPLACE TRIGGER changed_{verb.lower()} AFTER {verb} ON predictions.{table}
REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION predictions.{function}()
"""
    for table, function, update in (
        (
            "ml_predictions",
            "mark_changed_predictions",
            "OLD TABLE AS old_rows NEW TABLE AS new_rows",
        ),
        ("prediction_outcomes", "mark_changed_outcomes", "OLD TABLE AS old_rows"),
    )
    for verb, rows in (("UPDATE", update), ("DELETE", "OLD TABLE AS old_rows"))
)


class PerformanceMark(Row, module="predictions", policy=Policy(rows="tenant", hot=True)):
    """A day whose sums are to be made again: clients wrote it themselves, or rows were changed."""

    __tablename__ = "performance_marks"

    model_id: Mapped[Words | None] = column("The client's name of the model.")
    ml_model_id: Mapped[Id | None] = column(
        "The registered model, of whose answers or outcomes some were changed or deleted."
    )
    made_on: Mapped[Day] = column("Day, in UTC, on which the predictions were made.")


class ModelPerformanceSummary(
    Row, module="predictions", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """Rollup: one row a model over all that was answered live; moved with performance_daily."""

    __tablename__ = "model_performance_summary"

    name: Mapped[Name] = column("Name of the model, whose id is this row's id.")
    version: Mapped[Words | None] = column("Version that answered last.")
    model_type: Mapped[Name | None] = column("Kind of model, such as gradient_boosting.")
    prediction_count: Mapped[Count] = column("Predictions made.", default="0")
    validated_predictions: Mapped[Count] = column("Those of them that are closed.", default="0")
    correct_predictions: Mapped[Count] = column(
        "Those on the right side of one half; 0 for a regression.", default="0"
    )
    avg_accuracy: Mapped[Number | None] = mapped_column(
        Computed(
            "correct_predictions::double precision / nullif(validated_predictions, 0)",
            persisted=True,
        ),
        comment="correct_predictions by validated_predictions, 0 to 1.",
    )
    last_prediction: Mapped[Moment | None] = column("As of when the latest prediction was made.")
    sum_confidence: Mapped[Number] = column("Sum of the confidences.", default="0")
    sum_inference_time_ms: Mapped[Millis] = column("Sum of the inference times, ms.", default="0")


class MlPerformanceMetric(
    Row,
    module="predictions",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """A number on a service's models over a period, as the service measured it."""

    __tablename__ = "ml_performance_metrics"
    __table_args__ = (
        Index("ix_ml_performance_metrics_period", "tenant_id", "period_start", "period_end"),
        CheckConstraint("period_end >= period_start", name="period_end_after_start"),
    )

    service_name: Mapped[Name] = column("Client service it is about.", index=True)
    metric_name: Mapped[Name] = column(
        "What is measured, such as accuracy, error_rate, latency or cache_hit_rate.", index=True
    )
    metric_value: Mapped[Number] = column("The number, in metric_unit.")
    metric_unit: Mapped[Words | None] = choice(MetricUnit, "What the number is counted in.")
    period_start: Mapped[Moment] = column("Beginning of the period.")
    period_end: Mapped[Moment] = column("End of the period.")
    meta: Mapped[Json] = column("Anything else the sender adds.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was written.", default="now()")
