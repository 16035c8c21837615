"""Tables of the transfer module."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import CheckConstraint, Computed, Double, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    JsonList,
    Moment,
    Name,
    Number,
    Score,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.transfer.types import (
    AdaptationMetric,
    AdaptationUnit,
    DomainType,
    EvaluationPhase,
    TransferStatus,
    TransferStrategy,
)

LearningRate = Annotated[
    float, mapped_column(Double, info={"check": "{c} > 0 AND {c} < 'infinity'"})
]
# {"lower": 0.71, "upper": 0.78}; the path is silent, so a bound that is missing fails as well.
Interval = Annotated[
    dict[str, Any],
    mapped_column(
        JSONB(none_as_null=True),
        info={
            "check": 'jsonb_path_exists({c}, \'strict $ ? (@.lower.type() == "number"'
            " && @.upper.type() == \"number\" && @.lower <= @.upper)', '{{}}', true)"
        },
    ),
]


class DomainMapping(
    Row, module="transfer", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """How alike two domains are, what they share, and how well knowledge carries over."""

    __tablename__ = "domain_mappings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "source_domain", "target_domain"),
        Index("ix_domain_mappings_domain_type", "tenant_id", "domain_type"),
    )

    source_domain: Mapped[Name] = column("Domain that is known, by the tenant's own name.")
    target_domain: Mapped[Name] = column("Domain that is to be learned.", index=True)
    domain_type: Mapped[Words] = choice(DomainType, "What both are about.")
    similarity_score: Mapped[Score | None] = column("How alike they are, 0 to 1.", index=True)
    transfer_feasibility: Mapped[Score | None] = column("How likely a transfer is to help, 0 to 1.")
    shared_features: Mapped[JsonList] = column("Names of features that both have.", default="'[]'")
    domain_specific_features: Mapped[JsonList] = column(
        "Names of features that only one of them has.", default="'[]'"
    )
    transfer_strategy: Mapped[Words | None] = choice(TransferStrategy, "What is best tried first.")
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was first compared.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last compared.", default="now()")


class TransferLearningRun(
    Row,
    module="transfer",
    # Kept for good: it says where the model it made comes from.
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id")),
    expose=("list", "get"),
):
    """A transfer of a model from one domain to another: how far it is and what it made."""

    __tablename__ = "transfer_learning_runs"
    __table_args__ = (
        CheckConstraint("progress_percentage BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("completed_at >= started_at", name="span"),
        Index("ix_transfer_learning_runs_status", "tenant_id", "status"),
    )

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Owner; NULL when it belongs to the whole tenant.", ondelete="CASCADE"
    )
    # Names, not references: a transfer may be tried before the domains were ever compared.
    source_domain: Mapped[Name] = column("Domain the model comes from.", index=True)
    target_domain: Mapped[Name] = column("Domain it is carried to.", index=True)
    source_model_id: Mapped[Name] = column("Model it starts from, by ml_models.model_id.")
    ml_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "The same, when it is registered here.", ondelete="SET NULL"
    )
    source_model_version: Mapped[Name] = column("Version text it starts from.")
    run_name: Mapped[Name] = column("What it is called.")
    description: Mapped[Words | None] = column("What it is for.")
    transfer_strategy: Mapped[Words] = choice(TransferStrategy, "How the model is carried over.")
    frozen_layers: Mapped[Count | None] = column("Layers that are not fitted again.")
    learning_rate: Mapped[LearningRate | None] = column("Step size of the fit, more than 0.")
    training_data_count: Mapped[Count] = column("Rows of the target domain it learns from.")
    validation_data_count: Mapped[Count | None] = column("Rows it is measured on.")
    status: Mapped[Words] = choice(
        TransferStatus, "Where it stands.", default=TransferStatus.QUEUED
    )
    progress_percentage: Mapped[Number] = column("How far it is, in per cent.", default="0")
    target_model_id: Mapped[Name | None] = column("Model it made, by ml_models.model_id.")
    target_model_version: Mapped[Name | None] = column("Version text it made.")
    performance_metrics: Mapped[Json] = column("Metric -> value of what it made.", default="'{}'")
    meta: Mapped[Json] = column("Whatever else the owner notes.", name="metadata", default="'{}'")
    started_at: Mapped[Moment] = column(
        "When it began; when it was asked for, while it is queued.", default="now()"
    )
    completed_at: Mapped[Moment | None] = column("When it ended, however it ended.")
    created_at: Mapped[Moment] = column("When the row was made.", default="now()", index=True)


class DomainAdaptationMetric(
    Row,
    module="transfer",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of a transfer: before it, after it, or of the target domain alone."""

    __tablename__ = "domain_adaptation_metrics"
    __table_args__ = (
        Index("ix_domain_adaptation_metrics_metric_name", "tenant_id", "metric_name"),
        Index("ix_domain_adaptation_metrics_phase", "tenant_id", "evaluation_phase"),
    )

    transfer_run_id: Mapped[Id] = ref(
        "transfer.transfer_learning_runs", "The transfer.", ondelete="CASCADE"
    )
    metric_name: Mapped[Words] = choice(AdaptationMetric, "What was measured.")
    metric_value: Mapped[Number] = column("The number, in `metric_unit`.")
    metric_unit: Mapped[Words | None] = choice(AdaptationUnit, "Unit; NULL when it has none.")
    evaluation_phase: Mapped[Words | None] = choice(
        EvaluationPhase, "Which model was measured; NULL for a number of the whole transfer."
    )
    sample_size: Mapped[Count | None] = column("Rows it was measured on.")
    confidence_interval: Mapped[Interval | None] = column(
        "Bounds of metric_value: lower and upper, two numbers in that order."
    )
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    evaluated_at: Mapped[Moment] = column("When it was measured.", default="now()", index=True)


class CrossDomainPrediction(
    Row, module="transfer", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """One question answered by the source domain's model and by the transferred one."""

    __tablename__ = "cross_domain_predictions"

    transfer_run_id: Mapped[Id | None] = ref(
        "transfer.transfer_learning_runs", "Transfer that made the model.", ondelete="SET NULL"
    )
    source_domain: Mapped[Name] = column("Domain the model comes from.", index=True)
    target_domain: Mapped[Name] = column("Domain of the question.", index=True)
    input_context: Mapped[Json] = column("What was asked about.")
    source_domain_prediction: Mapped[Number | None] = column("What the source model answers.")
    target_domain_prediction: Mapped[Number] = column("What the transferred model answers.")
    adaptation_confidence: Mapped[Score | None] = column(
        "How far the transferred model is to be trusted here, 0 to 1."
    )
    actual_value: Mapped[Number | None] = column("What really happened, once it is known.")
    error: Mapped[Number | None] = mapped_column(
        Computed("actual_value - target_domain_prediction", persisted=True),
        comment="actual_value minus target_domain_prediction; NULL while the truth is unknown.",
    )
    meta: Mapped[Json] = column("Whatever else the client notes.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)
