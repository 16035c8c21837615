"""Words and shapes of the predictions module that others may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Log losses are taken of probabilities clipped to [EPS, 1 - EPS].
EPS = 1e-6


class PredictionRole(StrEnum):
    """Whether an answer was given to somebody or only kept to be compared."""

    LIVE = "live"
    SHADOW = "shadow"


class RiskLevel(StrEnum):
    """How much a predicted violation matters."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Source(StrEnum):
    """What made the prediction."""

    ML_MODEL = "ml_model"
    HEURISTIC = "heuristic"
    ENSEMBLE = "ensemble"


class RemediationStatus(StrEnum):
    """How far the remedy of a predicted violation is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Batch:
    """What `predict_many` answered, in the order of the rows it was given.

    Attributes:
        ids: prediction ids, length n.
        value: shape (n,), calibrated probability, or the predicted number.
        lower: shape (n,), lower bound; equal to `value` while there is no calibration.
        upper: shape (n,), upper bound.
        version_id: live version that answered.
        version: its name, such as v1.2.0.
        shadows: versions that answered beside it, unseen.
    """

    ids: list[UUID]
    value: Floats
    lower: Floats
    upper: Floats
    version_id: UUID
    version: str
    shadows: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction as a reader sees it.

    Attributes:
        features: feature -> number, word of a category, or None when not known.
        feature_row_id: where they are kept.
        reasons: feature -> contribution to the margin (log-odds for a binary task); together with
            `base` they sum to `margin`.
        actual: what happened; None while it is open.
        loss: log loss (binary) or squared error (regression) of the answer.
    """

    id: UUID
    model: str
    model_id: UUID
    version: str
    version_id: UUID
    entity_id: str
    role: str
    value: float
    lower: float | None
    upper: float | None
    margin: float | None
    base: float | None
    reasons: dict[str, float]
    features: dict[str, float | str | None]
    feature_row_id: UUID | None
    predicted_at: datetime
    inference_time_ms: float
    service_name: str
    actual: float | None = None
    loss: float | None = None
    happened_at: datetime | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """What writing outcomes did.

    Attributes:
        new: predictions that were closed now, live and shadow.
        duplicates: outcomes that were known already, with the same value.
        unknown: entity ids without a prediction of this model.
        contradictions: (entity id, stored value, sent value) of outcomes that differ.
        duplicate_ids: entity ids of the duplicates.
    """

    new: int
    duplicates: int
    unknown: list[str] = field(default_factory=list)
    contradictions: list[tuple[str, float, float]] = field(default_factory=list)
    duplicate_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Performance:
    """How well predictions did over one period.

    Attributes:
        start: first day of the period.
        predictions: answers given.
        outcomes: those of them that are closed.
        loss: mean log loss or squared error; None without outcomes.
        brier: mean squared error of the probability; None without outcomes.
        mean_predicted: mean answer of the closed ones.
        mean_actual: mean outcome.
    """

    start: date
    predictions: int
    outcomes: int
    loss: float | None
    brier: float | None
    mean_predicted: float | None
    mean_actual: float | None
