"""Tables of the drift module."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Floats,
    Hours,
    Id,
    Json,
    Moment,
    Name,
    Number,
    Ratio,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.drift.types import AlertLevel, Detector, DriftType, FeatureKind


class DriftMetric(
    Row,
    module="drift",
    policy=Policy(
        rows="tenant", append_only=True, hot=True, partition=By("id", "month"), keep_days=730
    ),
    expose=("list", "get"),
):
    """One measurement: a window of live traffic, or a change of the loss, against what was before.

    The id is made from the window's end and the metric_id: a window measured twice is stored once.
    """

    __tablename__ = "ml_drift_metrics"
    __table_args__ = (
        Index("ix_ml_drift_metrics_model", "tenant_id", "ml_model_id", "measured_at"),
        Index("ix_ml_drift_metrics_resource", "tenant_id", "resource_id"),
        Index(
            "ix_ml_drift_metrics_recent_alerts",
            "tenant_id",
            text("measured_at DESC"),
            postgresql_where=text("alert_triggered"),
        ),
    )

    metric_id: Mapped[Words] = column("model:version:detector:resource:end; names it for ever.")
    resource_id: Mapped[Name] = column("What was compared: a feature's name, score or loss.")
    model_id: Mapped[Name] = column("Name of the model.")
    ml_model_id: Mapped[Id] = column("The model.")
    model_version_id: Mapped[Id] = ref("registry.model_versions", "Version that was live.")
    drift_type: Mapped[Words] = choice(DriftType, "What moved.")
    drift_score: Mapped[Number] = column("psi_score, or the rise of the mean loss.")
    drift_velocity: Mapped[Number | None] = column(
        "Change of drift_score per day since the measurement before."
    )
    reconstruction_error: Mapped[Number | None] = column("Of an autoencoder, where there is one.")
    psi_score: Mapped[Number | None] = column("Population stability index, nats.")
    ks_statistic: Mapped[Ratio | None] = column("Kolmogorov-Smirnov statistic, 0 to 1.")
    wasserstein_distance: Mapped[Number | None] = column(
        "Mean distance moved, in standard deviations of the reference."
    )
    alert_triggered: Mapped[bool] = column("Whether it reached a level.", default="false")
    alert_level: Mapped[Words | None] = choice(AlertLevel, "Which level; NULL for none.")
    time_to_violation_hours: Mapped[Hours | None] = column(
        "Hours until drift_score is critical at this velocity; NULL beyond 72 or when it falls."
    )
    measured_at: Mapped[Moment] = column("End of the window.")
    baseline_comparison: Mapped[Json] = column(
        "Sizes, means, missing shares, counts by bin and p-value of both sides.", default="'{}'"
    )
    feature_contributions: Mapped[Json | None] = column(
        "For score: the features that moved most and their drift_score."
    )


class DriftReference(Row, module="drift", policy=Policy(rows="tenant")):
    """How one feature, or the score, was distributed when a version was fitted."""

    __tablename__ = "drift_references"
    __table_args__ = (UniqueConstraint("tenant_id", "model_version_id", "feature"),)

    model_version_id: Mapped[Id] = ref(
        "registry.model_versions", "The version.", ondelete="CASCADE"
    )
    feature: Mapped[Name] = column("Name of the feature, or score.")
    position: Mapped[Count] = column("Column in the version's matrix; score comes last.")
    kind: Mapped[Words] = choice(FeatureKind, "How its values are to be read.")
    reference: Mapped[Json] = column("Bins, counts, moments and quantiles of the sample.")
    created_at: Mapped[Moment] = column("When it was set.")


class DriftWatch(
    Row, module="drift", policy=Policy(rows="tenant", audit=True), expose=("list", "get")
):
    """How one model is watched."""

    __tablename__ = "drift_watches"
    __table_args__ = (UniqueConstraint("tenant_id", "ml_model_id"),)

    ml_model_id: Mapped[Id] = ref("registry.ml_models", "The model.", ondelete="CASCADE")
    psi_enabled: Mapped[bool] = column("Whether distributions are compared.", default="true")
    adwin_enabled: Mapped[bool] = column("Whether losses are watched.", default="true")
    alpha: Mapped[Ratio] = column("Chance of a false alert or more in a scan.", default="0.01")
    thresholds: Mapped[Floats] = column(
        "Index net of noise at which info, warning and critical begin, nats.",
        default="'{0.1,0.2,0.35}'",
    )
    min_rows: Mapped[Count] = column("Windows with fewer rows are passed over.", default="200")
    adwin_delta: Mapped[Ratio] = column("ADWIN's bound for a false signal.", default="0.002")
    loss_cap: Mapped[Number | None] = column("Losses are clipped here for ADWIN; NULL: at 1.")
    created_at: Mapped[Moment] = column("When it was made.")


class DriftDetector(Row, module="drift", policy=Policy(rows="tenant"), expose=("list", "get")):
    """What one detector of a model has seen so far, and its state."""

    __tablename__ = "drift_detectors"
    __table_args__ = (UniqueConstraint("tenant_id", "ml_model_id", "detector"),)

    ml_model_id: Mapped[Id] = ref("registry.ml_models", "The model.", ondelete="CASCADE")
    detector: Mapped[Words] = choice(Detector, "Which one.")
    observation_count: Mapped[Count] = column("Losses or rows it was fed.", default="0")
    alarm_count: Mapped[Count] = column("How often it signalled.", default="0")
    estimation: Mapped[Number | None] = column("Mean of what it believes to be current.")
    watermark: Mapped[Moment] = column("It has seen what was known up to here.")
    state: Mapped[Json] = column("Its settings and sums.", default="'{}'")
    window_values: Mapped[Floats | None] = column("Losses since the last change, oldest first.")


class DriftAlert(
    Row, module="drift", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """Something that moved; one row stands for it until somebody or a new version settles it."""

    __tablename__ = "drift_alerts"
    __table_args__ = (
        Index(
            "uq_drift_alerts_open",
            "tenant_id",
            "ml_model_id",
            "detector",
            "feature",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_drift_alerts_seen", "tenant_id", "ml_model_id", "first_seen_at"),
    )

    ml_model_id: Mapped[Id] = ref("registry.ml_models", "The model.", ondelete="CASCADE")
    model_version_id: Mapped[Id] = ref(
        "registry.model_versions", "Version that was live when last seen.", ondelete="CASCADE"
    )
    detector: Mapped[Words] = choice(Detector, "What noticed it.")
    feature: Mapped[Name] = column("What moved: a feature's name, score or loss.")
    level: Mapped[Words] = choice(AlertLevel, "Highest level it had.")
    score: Mapped[Number] = column("How far it moved when last seen.")
    message: Mapped[Words] = column("One sentence for a person.")
    metric_id: Mapped[Id] = column("Measurement that last raised it, in ml_drift_metrics.")
    first_seen_at: Mapped[Moment] = column("End of the first window that showed it.")
    last_seen_at: Mapped[Moment] = column("End of the last window that showed it.")
    seen_count: Mapped[Count] = column("Alarms it stands for.", default="1")
    acknowledged_at: Mapped[Moment | None] = column("When a person took note.")
    acknowledged_by: Mapped[Words | None] = column("Who took note.")
    resolved_at: Mapped[Moment | None] = column("When it was settled; NULL while open.")
    resolved_reason: Mapped[Words | None] = column("What settled it.")
