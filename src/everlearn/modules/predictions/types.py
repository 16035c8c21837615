"""Words and shapes of the predictions module that others may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: Largest answer or outcome that is taken in bulk: its square, and sums of such, are numbers too.
LARGEST = 1e150
#: Log losses are taken of probabilities clipped to [EPS, 1 - EPS].
EPS = 1e-6


class PredictionRole(StrEnum):
    """Whether an answer was given to somebody or only kept to be compared."""

    LIVE = "live"
    SHADOW = "shadow"


class PredictionKind(StrEnum):
    """Who made a prediction, and so which of its columns are needed."""

    MODEL = "model"  # a version that is registered here
    SERVICE = "service"  # a client service, by its own means
    COMPLIANCE = "compliance"  # a policy engine that predicts violations


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


class ForecastType(StrEnum):
    """What a forecast is of."""

    PERFORMANCE_DEGRADATION = "performance_degradation"
    BUG_LIKELIHOOD = "bug_likelihood"
    OPTIMIZATION_OPPORTUNITY = "optimization_opportunity"
    RESOURCE_USAGE = "resource_usage"
    USER_BEHAVIOR = "user_behavior"
    SYSTEM_FAILURE = "system_failure"


class TargetType(StrEnum):
    """What kind of thing a forecast is about."""

    CODE_FILE = "code_file"
    FUNCTION = "function"
    REPOSITORY = "repository"
    USER = "user"


class ForecastStatus(StrEnum):
    """Where a forecast stands."""

    ACTIVE = "active"
    MONITORING = "monitoring"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"
    EXPIRED = "expired"


class HorizonUnit(StrEnum):
    """What a forecast's horizon is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class MetricUnit(StrEnum):
    """What a service's metric is counted in."""

    PERCENTAGE = "percentage"
    MS = "ms"
    COUNT = "count"


class FieldType(StrEnum):
    """Type of a column of a service's view."""

    TEXT = "text"
    UUID = "uuid"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    JSON = "json"


class FieldPart(StrEnum):
    """Where the value of such a column lives."""

    CONTEXT = "context"  # under its name in ml_predictions.context
    TYPE = "type"  # ml_predictions.prediction_type
    PREDICTED = "predicted"  # ml_predictions.predicted_value
    ACTUAL = "actual"  # prediction_outcomes.actual_value
    FURTHER = "further"  # under its name in the outcome, before that in the context


@dataclass(frozen=True, slots=True)
class ServiceField:
    """One column of a service's view.

    Attributes:
        name: of the column, and of its key where it lives in JSON.
        type: of the column.
        part: where its value lives.
        required: whether an insert must give it.
        values: the words it may hold; any when empty.
    """

    name: str
    type: FieldType = FieldType.TEXT
    part: FieldPart = FieldPart.CONTEXT
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceView:
    """The predictions of one client service, in its own columns.

    Attributes:
        service_name: as in ml_predictions.
        prediction_type: what it predicts, where none of its columns says so.
        fields: its columns beside tenant_id, id, context, model_version and created_at.
        declared: whether it comes with Everlearn; others were added by a command.
    """

    service_name: str
    prediction_type: str
    fields: tuple[ServiceField, ...]
    declared: bool = True

    @property
    def view_name(self) -> str:
        """Give the view's bare name.

        >>> ServiceView("code-roach", "code-quality", ()).view_name
        'code_roach_ml_predictions'
        """
        return self.service_name.replace("-", "_") + "_ml_predictions"


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
        kind: who made it; of one that no registered version made, `version_id` is None.
        model: name of the model, None where none is registered under the client's name.
        features: feature -> number, word of a category, or None when not known.
        feature_row_id: where they are kept.
        reasons: feature -> contribution to the margin (log-odds for a binary task); together with
            `base` they sum to `margin`.
        actual: what happened; None while it is open.
        loss: log loss (binary) or squared error (regression) of the answer.
    """

    id: UUID
    kind: PredictionKind
    prediction_type: str
    model: str | None
    model_id: UUID | None
    version: str | None
    version_id: UUID | None
    entity_id: str | None
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
    inference_time_ms: float | None
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
class Target:
    """A stored prediction that an outcome or a verdict is about.

    Attributes:
        id: of the prediction.
        kind: who made it.
        model_id: registered model that made it, if any.
        entity_id: what it is about.
        feature_row_id: what it was made from; answers of other versions to it are closed with it.
        service_name: client service that asked.
    """

    id: UUID
    kind: PredictionKind
    model_id: UUID | None
    entity_id: str | None
    feature_row_id: UUID | None
    service_name: str


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
        inference_time_ms: mean time that an answer took, None where none says it; and, where they
            are asked for, the quantiles of it, at most 1 % off:
        p50_inference_time_ms: half of them took no longer.
        p95_inference_time_ms: 95 % of them took no longer.
        p99_inference_time_ms: 99 % of them took no longer.
    """

    start: date
    predictions: int
    outcomes: int
    loss: float | None
    brier: float | None
    mean_predicted: float | None
    mean_actual: float | None
    inference_time_ms: float | None = None
    p50_inference_time_ms: float | None = None
    p95_inference_time_ms: float | None = None
    p99_inference_time_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How long answers took, how sure they were and how wrong, at most 1 % off.

    Attributes:
        predictions: answers given.
        outcomes: those of them that are closed.
        inference_time_ms: by the quantiles' shares; None without answers that say it.
        loss: the same of the loss; None without outcomes.
        confidence: the same of the confidence; None without answers that have one.
        error: the same of the error, without its sign; None without outcomes.
    """

    predictions: int
    outcomes: int
    inference_time_ms: dict[float, float | None]
    loss: dict[float, float | None]
    confidence: dict[float, float | None]
    error: dict[float, float | None]


@dataclass(frozen=True, slots=True)
class HourOfPredictions:
    """How many live predictions a model made in an hour."""

    hour_start: datetime
    ml_model_id: UUID
    n_predictions: int
