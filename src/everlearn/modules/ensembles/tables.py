"""Tables of the ensembles module."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    Moment,
    Name,
    Number,
    Score,
    Texts,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.ensembles.types import (
    EnsembleMetric,
    EnsembleType,
    MetricUnit,
    WeightType,
)

# A JSON object of numbers. The path is silent: what is no object fails by the first condition, not
# by an error of the path.
_NUMBERS = (
    "jsonb_typeof({c}) = 'object' AND NOT jsonb_path_exists({c},"
    " 'strict $.* ? (@.type() <> \"number\")', '{{}}', true)"
)
_WEIGHTS = (
    "jsonb_typeof({c}) = 'object' AND NOT jsonb_path_exists({c},"
    " 'strict $.* ? (@.type() <> \"number\" || @ < 0)', '{{}}', true)"
)
ByModel = Annotated[
    dict[str, float],
    mapped_column(JSONB(none_as_null=True), info={"check": _NUMBERS + " AND {c} <> '{{}}'"}),
]
Weights = Annotated[
    dict[str, float], mapped_column(JSONB(none_as_null=True), info={"check": _WEIGHTS})
]


class EnsembleConfiguration(
    Row,
    module="ensembles",
    policy=Policy(rows="tenant", see=("owner:user_id", "unowned:user_id"), touch=True),
    expose=("list", "get"),
):
    """An ensemble: which models answer, how their answers become one, with which weights."""

    __tablename__ = "ensemble_configurations"
    __table_args__ = (
        # Ensembles without an owner belong to the tenant and share one set of names.
        UniqueConstraint("tenant_id", "user_id", "name", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "cardinality(model_ids) > 0 AND array_position(model_ids, NULL) IS NULL",
            name="has_members",
        ),
        Index("ix_ensemble_configurations_type", "tenant_id", "ensemble_type"),
    )

    user_id: Mapped[Id | None] = ref(
        "tenancy.users", "Owner; NULL when it belongs to the whole tenant.", ondelete="CASCADE"
    )
    name: Mapped[Name] = column("Unique among its owner's ensembles.")
    description: Mapped[Words | None] = column("What it is for.")
    # An array is no foreign key, and members may be models that run elsewhere.
    model_ids: Mapped[Texts] = column(
        "Members, at least one, by ml_models.model_id; whoever writes the row checks them."
    )
    ensemble_type: Mapped[Words] = choice(EnsembleType, "How the members' answers become one.")
    weights: Mapped[Weights] = column(
        "Member -> weight, 0 or more; members without one weigh the same.", default="'{}'"
    )
    meta_learner_config: Mapped[Json] = column(
        "Settings of the model on top, when stacking.", default="'{}'"
    )
    is_active: Mapped[bool] = column("Whether it may be asked.", default="true", index=True)
    performance_score: Mapped[Score | None] = column(
        "How well it does, 0 to 1, 1 is best.", index=True
    )
    created_at: Mapped[Moment] = column("When it was made.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class EnsemblePrediction(
    Row, module="ensembles", policy=Policy(rows="tenant", keep_days=730), expose=("list", "get")
):
    """One answer of an ensemble, with what each member said and how much it weighed."""

    __tablename__ = "ensemble_predictions"

    ensemble_config_id: Mapped[Id] = ref(
        "ensembles.ensemble_configurations", "Ensemble that answered.", ondelete="CASCADE"
    )
    # Open, as in ml_predictions: clients and what they have predicted are not known here.
    service_name: Mapped[Name] = column("Client service that asked.", index=True)
    prediction_type: Mapped[Name] = column(
        "What is predicted, in the service's words, such as quality.", index=True
    )
    input_context: Mapped[Json] = column("What the members were asked about.")
    individual_predictions: Mapped[ByModel] = column(
        "Member -> its answer, for those that answered: at least one."
    )
    ensemble_prediction: Mapped[Number] = column("The combined answer.")
    confidence: Mapped[Score | None] = column("How far the members agree, 0 to 1.")
    model_weights_used: Mapped[Weights] = column(
        "Member -> weight in this answer, 0 or more.", default="'{}'"
    )
    actual_value: Mapped[Number | None] = column("What really happened, once it is known.")
    error: Mapped[Number | None] = mapped_column(
        Computed("actual_value - ensemble_prediction", persisted=True),
        comment="actual_value minus ensemble_prediction; NULL while the truth is unknown.",
    )
    created_at: Mapped[Moment] = column("When it was made.", default="now()", index=True)


class EnsemblePerformance(
    Row,
    module="ensembles",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of an ensemble over a period."""

    __tablename__ = "ensemble_performance"
    __table_args__ = (
        CheckConstraint("period_end >= period_start", name="period"),
        Index("ix_ensemble_performance_metric_name", "tenant_id", "metric_name"),
        Index("ix_ensemble_performance_period", "tenant_id", "period_start", "period_end"),
    )

    ensemble_config_id: Mapped[Id] = ref(
        "ensembles.ensemble_configurations", "Ensemble that is measured.", ondelete="CASCADE"
    )
    service_name: Mapped[Name] = column("Client service whose answers are measured.", index=True)
    metric_name: Mapped[Words] = choice(EnsembleMetric, "What is measured.")
    metric_value: Mapped[Number] = column("The number, in `metric_unit`.")
    metric_unit: Mapped[Words | None] = choice(
        MetricUnit, "Unit; NULL when the number has none, as r2."
    )
    sample_size: Mapped[Count | None] = column("Answers it was measured on.")
    period_start: Mapped[Moment] = column("When the period begins.")
    period_end: Mapped[Moment] = column("When it ends.")
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was measured.", default="now()")


class ModelWeight(
    Row,
    module="ensembles",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """A weight that a member of an ensemble was given; the newest holds, the rest is history."""

    __tablename__ = "model_weights"
    __table_args__ = (
        # Also finds the weight that holds now: the last one of a member.
        Index(
            "ix_model_weights_newest", "tenant_id", "ensemble_config_id", "model_id", "last_updated"
        ),
        Index("ix_model_weights_weight_type", "tenant_id", "weight_type"),
    )

    ensemble_config_id: Mapped[Id] = ref(
        "ensembles.ensemble_configurations", "The ensemble.", ondelete="CASCADE"
    )
    model_id: Mapped[Name] = column(
        "The member, as in the ensemble's model_ids; whoever writes the row checks it.", index=True
    )
    ml_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "The member, when it is registered here.", ondelete="SET NULL"
    )
    weight: Mapped[Score] = column("Its weight, 0 to 1.")
    weight_type: Mapped[Words] = choice(
        WeightType, "How the weight came about.", default=WeightType.STATIC
    )
    context_filters: Mapped[Json] = column(
        "Field -> value a context must have for the weight to apply; {} is every context.",
        default="'{}'",
    )
    performance_contribution: Mapped[Number | None] = column(
        "What the member adds to the ensemble's score; less than 0 when it harms."
    )
    last_updated: Mapped[Moment] = column(
        "When the weight took effect.", default="now()", index=True
    )
    created_at: Mapped[Moment] = column("When the row was made.", default="now()")
