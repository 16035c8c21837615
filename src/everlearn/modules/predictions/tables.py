"""Tables of the predictions module; the wide one is only ever appended to."""

from __future__ import annotations

from sqlalchemy import Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Day,
    Floats,
    Hours,
    Id,
    Json,
    Millis,
    Moment,
    Name,
    Number,
    Score,
    SmallFloats,
    Texts,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import By, Policy, Row, view
from everlearn.modules.predictions.types import (
    PredictionRole,
    RemediationStatus,
    RiskLevel,
    Source,
)


class MlPrediction(
    Row,
    module="predictions",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("id", "month"), keep_days=730
    ),
    expose=("list", "get"),
):
    """One answer of one model version about one entity; its outcome is in prediction_outcomes."""

    __tablename__ = "ml_predictions"
    __table_args__ = (
        Index("ix_ml_predictions_entity", "tenant_id", "ml_model_id", "entity_id"),
        Index("ix_ml_predictions_timestamp", "prediction_timestamp", postgresql_using="brin"),
        Index(
            "ix_ml_predictions_high_risk",
            "tenant_id",
            "risk_level",
            text("prediction_timestamp DESC"),
            postgresql_where=text("risk_level IN ('critical', 'high')"),
        ),
    )

    prediction_id: Mapped[Words | None] = column("Id the client gave it, if any.")
    service_name: Mapped[Name] = column("Client service that asked.", default="'everlearn'")
    prediction_type: Mapped[Name] = column("What is predicted, in the service's words.")
    ml_model_id: Mapped[Id] = mapped_column(comment="Model that answered.")
    # No foreign keys on this table: each would be checked for every row of every batch. The service
    # writes only versions and feature rows that it has just read under the same policies.
    model_version_id: Mapped[Id] = mapped_column(comment="Version that answered.")
    model_version: Mapped[Words] = column("Name of that version, such as v1.2.0.")
    role: Mapped[Words] = choice(
        PredictionRole, "Whether the answer was given or only kept.", default=PredictionRole.LIVE
    )
    source: Mapped[Words] = choice(Source, "What made it.", default=Source.ML_MODEL)
    entity_id: Mapped[Name] = column("What the prediction is about; resource_id elsewhere.")
    feature_row_id: Mapped[Id | None] = column("Row of ml_feature_store it was made from.")
    raw_margin: Mapped[Number | None] = column("The model's own output before calibration.")
    predicted_value: Mapped[Number] = column("Calibrated probability, or the predicted number.")
    confidence_interval_lower: Mapped[Number | None] = column("Lower bound of predicted_value.")
    confidence_interval_upper: Mapped[Number | None] = column("Upper bound of predicted_value.")
    confidence: Mapped[Score | None] = column("Probability of the likelier of two outcomes.")
    confidence_score: Mapped[Score | None] = column("As confidence, for compliance predictions.")
    reasons: Mapped[SmallFloats | None] = column(
        "Contribution of each feature of the version, in its order, then the base; sum: raw_margin."
    )
    violation_probability: Mapped[Score | None] = column("Probability of a policy violation.")
    time_to_violation_hours: Mapped[Hours | None] = column("Hours until it is expected.")
    risk_level: Mapped[Words | None] = choice(RiskLevel, "How much it matters.")
    risk_score: Mapped[Score | None] = column("Risk, 0 to 1.")
    impact_factors: Mapped[Json | None] = column("Security, compliance, operational, financial.")
    uncertainty_sources: Mapped[Json | None] = column("Epistemic, aleatoric, model, calibration.")
    recommendations: Mapped[Texts | None] = column("What to do about it, most useful first.")
    attention_weights: Mapped[Json | None] = column("Attention by time step, for such models.")
    context: Mapped[Json | None] = column("What the client wants kept with it.")
    inference_time_ms: Mapped[Millis] = column("Its share of the batch's scoring time, in ms.")
    prediction_timestamp: Mapped[Moment] = column("As of when it was made; also created_at.")
    expires_at: Mapped[Moment | None] = column("When it is no longer worth anything.")
    remediation_status: Mapped[Words | None] = choice(RemediationStatus, "How far the remedy is.")
    remediation_id: Mapped[Id | None] = column("The remedy.")


class PredictionOutcome(
    Row,
    module="predictions",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("id", "month"), keep_days=730
    ),
    expose=("list", "get"),
):
    """What really happened; its id is the prediction's, so there is at most one for each."""

    __tablename__ = "prediction_outcomes"
    __table_args__ = (
        Index("ix_prediction_outcomes_known_at", "tenant_id", "ml_model_id", "known_at"),
    )

    ml_model_id: Mapped[Id] = mapped_column(comment="Model that answered.")
    model_version_id: Mapped[Id] = mapped_column(comment="Version that answered.")
    role: Mapped[Words] = choice(PredictionRole, "As on the prediction.")
    feature_row_id: Mapped[Id | None] = column("As on the prediction: pairs live with shadow.")
    raw_margin: Mapped[Number | None] = column("As on the prediction.")
    predicted_value: Mapped[Number] = column("As on the prediction.")
    actual_value: Mapped[Number] = column("What happened: 0 or 1, or the number.")
    error: Mapped[Number] = column("actual_value minus predicted_value.")
    loss: Mapped[Number] = column("Log loss in nats (binary) or squared error (regression).")
    predicted_at: Mapped[Moment] = column("As of when the prediction was made.")
    happened_at: Mapped[Moment] = column("When it happened.")
    known_at: Mapped[Moment] = column("When we learned of it.")


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
        ),
    )

    ml_model_id: Mapped[Id] = mapped_column(comment="Model.")
    model_version_id: Mapped[Id] = ref("registry.model_versions", "Version.", ondelete="CASCADE")
    role: Mapped[Words] = choice(PredictionRole, "Live or shadow.")
    made_on: Mapped[Day] = column("Day, in UTC, on which the predictions were made.")
    n_predictions: Mapped[Count] = column("Predictions made.", default="0")
    n_outcomes: Mapped[Count] = column("Those of them that are closed.", default="0")
    n_correct: Mapped[Count] = column("Those on the right side of one half.", default="0")
    sum_loss: Mapped[Number] = column("Sum of their losses.", default="0")
    sum_squared_error: Mapped[Number] = column("Sum of their squared errors.", default="0")
    sum_predicted: Mapped[Number] = column("Sum of their predicted values.", default="0")
    sum_actual: Mapped[Number] = column("Sum of their outcomes.", default="0")


class ModelPerformanceSummary(
    Row, module="predictions", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """Rollup: one row a model over all that was answered live; moved with performance_daily."""

    __tablename__ = "model_performance_summary"

    name: Mapped[Name] = column("Name of the model, whose id is this row's id.")
    version: Mapped[Words] = column("Version that answered last.")
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


# Spelled out and not taken from the features module's view: views are created in no fixed order.
_FEATURES = """
           (SELECT jsonb_object_agg(n.name, CASE
               WHEN n.value = 'NaN'::real THEN 'null'::jsonb
               ELSE coalesce(
                 (SELECT to_jsonb(c.word) FROM features.feature_categories AS c
                   WHERE n.name = ANY (fs.categorical) AND c.tenant_id = f.tenant_id
                     AND c.set_name = fs.name AND c.feature = n.name AND c.code = n.value),
                 to_jsonb(n.value)) END)
              FROM unnest(fs.names, f."values") AS n (name, value)) AS features_used"""
_REASONS = """
           (SELECT jsonb_object_agg(n.name, p.reasons[n.position])
              FROM unnest(v.feature_names) WITH ORDINALITY AS n (name, position)
             WHERE p.reasons IS NOT NULL) AS shap_values"""
_JOINED = """
    FROM predictions.ml_predictions AS p
    JOIN registry.model_versions AS v ON v.tenant_id = p.tenant_id AND v.id = p.model_version_id
    JOIN registry.ml_models AS m ON m.tenant_id = p.tenant_id AND m.id = p.ml_model_id
    LEFT JOIN features.ml_feature_store AS f
      ON f.tenant_id = p.tenant_id AND f.id = p.feature_row_id
    LEFT JOIN features.feature_sets AS fs
      ON fs.tenant_id = f.tenant_id AND fs.id = f.feature_set_id"""

view(
    "predictions",
    "v_predictions",
    "Predictions with outcome, named features and named reasons, as the requirements ask.",
    f"""
    SELECT p.*, p.prediction_timestamp AS created_at, p.entity_id AS resource_id,
           m.name AS model_name, m.model_id,
           o.actual_value, o.error, o.loss, o.happened_at, o.known_at,{_FEATURES},{_REASONS}
    {_JOINED}
    LEFT JOIN predictions.prediction_outcomes AS o ON o.tenant_id = p.tenant_id AND o.id = p.id
    """,
)

view(
    "predictions",
    "v_recent_predictions",
    "What was answered live in the last 24 hours of the server's clock, newest first.",
    f"""
    SELECT p.id, coalesce(p.prediction_id, p.id::text) AS prediction_id,
           p.entity_id AS resource_id, p.tenant_id, m.model_id,
           coalesce(p.violation_probability, p.predicted_value) AS violation_probability,
           p.time_to_violation_hours,
           coalesce(p.confidence_score, p.confidence) AS confidence_score,
           p.confidence_interval_lower, p.confidence_interval_upper, p.risk_level, p.risk_score,
           p.impact_factors, p.uncertainty_sources, p.recommendations,{_FEATURES},{_REASONS},
           p.attention_weights, p.inference_time_ms, p.model_version, p.prediction_timestamp,
           p.expires_at, p.remediation_status, p.remediation_id,
           m.name AS model_name, m.model_type,
           (v.performance_metrics ->> 'accuracy')::double precision AS model_accuracy
    {_JOINED}
    WHERE p.id >= app.uuid_floor(now() - interval '24 hours') AND p.role = 'live'
    ORDER BY p.id DESC
    """,
)

view(
    "predictions",
    "v_model_performance",
    "Active models with the metrics of their version and what they answered so far.",
    """
    SELECT m.model_id, m.name AS model_name, m.tenant_id,
           (v.performance_metrics ->> 'accuracy')::double precision AS accuracy,
           (v.performance_metrics ->> 'precision')::double precision AS "precision",
           (v.performance_metrics ->> 'recall')::double precision AS recall,
           coalesce(v.performance_metrics ->> 'f1_score', v.performance_metrics ->> 'f1')
             ::double precision AS f1_score,
           coalesce(s.prediction_count, 0) AS total_predictions,
           s.sum_confidence / nullif(s.prediction_count, 0) AS avg_confidence,
           s.sum_inference_time_ms / nullif(s.prediction_count, 0) AS avg_inference_time
    FROM registry.ml_models AS m
    JOIN registry.model_versions AS v
      ON v.tenant_id = m.tenant_id AND v.ml_model_id = m.id AND v.status = 'active'
    LEFT JOIN predictions.model_performance_summary AS s
      ON s.tenant_id = m.tenant_id AND s.id = m.id
    WHERE m.status = 'active'
    """,
)
