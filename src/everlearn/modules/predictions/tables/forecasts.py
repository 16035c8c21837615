"""Forecasts: statements about what will become of something, checked when the time has come."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

from everlearn.core.columns import Id, Json, Moment, Name, Score, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.predictions.types import (
    ForecastStatus,
    ForecastType,
    HorizonUnit,
    TargetType,
)


def _any_json(comment: str) -> MappedColumn[Any]:
    return mapped_column(JSONB(none_as_null=True), comment=comment)


# Not exposed by its bare name: /v1/predictions are the answers, and these are /v1/forecasts.
class Forecast(Row, module="predictions", policy=Policy(rows="tenant", keep_days=730)):
    """A forecast about an entity, completed later with what came of it and how right it was."""

    __tablename__ = "predictions"
    __table_args__ = (
        Index(
            "ix_predictions_target",
            "tenant_id",
            "target_entity_type",
            "target_entity_id",
        ),
        Index("ix_predictions_type", "tenant_id", "prediction_type"),
        Index("ix_predictions_status", "tenant_id", "status"),
        Index("ix_predictions_timestamp", "tenant_id", text("prediction_timestamp DESC")),
        Index(
            "ix_predictions_active",
            "tenant_id",
            "id",
            postgresql_where=text("status = 'active'"),
        ),
    )

    model_id: Mapped[Id] = ref("registry.ml_models", "Model that made it.")
    ml_prediction_id: Mapped[Id | None] = ref(
        "predictions.ml_predictions", "The answer it rests on, if any.", ondelete="SET NULL"
    )
    prediction_type: Mapped[Words] = choice(ForecastType, "What it is of.")
    target_entity_type: Mapped[Words | None] = choice(TargetType, "Kind of thing it is about.")
    target_entity_id: Mapped[Name | None] = column("The thing it is about.")
    predicted_value: Mapped[Any | None] = _any_json("A number, a class or a structure.")
    confidence_interval: Mapped[Any | None] = _any_json("Its bounds, as the model words them.")
    prediction_horizon: Mapped[int | None] = mapped_column(
        Integer,
        comment="How far ahead it looks, in prediction_horizon_unit.",
        info={"check": "{c} > 0"},
    )
    prediction_horizon_unit: Mapped[Words] = choice(
        HorizonUnit, "What the horizon is counted in.", default=HorizonUnit.DAYS
    )
    input_features: Mapped[Json | None] = column("What it was made from.")
    prediction_timestamp: Mapped[Moment] = column("When it was made.", default="now()")
    expires_at: Mapped[Moment | None] = column("When it is too late to check it.")
    actual_outcome: Mapped[Any | None] = _any_json("What happened, in the form of predicted_value.")
    outcome_timestamp: Mapped[Moment | None] = column("When it happened.")
    accuracy_score: Mapped[Score | None] = column("How right it was, 0 to 1.")
    feedback_received: Mapped[Any | None] = _any_json("What people said of it.")
    status: Mapped[Words] = choice(
        ForecastStatus, "Where it stands.", default=ForecastStatus.ACTIVE
    )
