"""Words and shapes of the feedback module that others may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

#: What to do when some items of a batch are wrong: write nothing, or write the others.
OnError: TypeAlias = Literal["refuse_all", "take_good"]


class FeedbackType(StrEnum):
    """A verdict on an answer, or, for feedback without one, who gives it."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    FALSE_POSITIVE = "false_positive"
    FALSE_NEGATIVE = "false_negative"
    USER = "user"
    SYSTEM = "system"
    AUTOMATED = "automated"


class Impact(StrEnum):
    """What the learner did with a verdict."""

    RETRAIN_TRIGGERED = "retrain_triggered"
    WEIGHT_ADJUSTED = "weight_adjusted"
    IGNORED = "ignored"


class ItemStatus(StrEnum):
    """What became of one outcome of a batch."""

    CLOSED = "closed"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"
    CONTRADICTION = "contradiction"
    INVALID = "invalid"

    @property
    def good(self) -> bool:
        """Say whether the outcome is stored now."""
        return self in {ItemStatus.CLOSED, ItemStatus.DUPLICATE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What resolving one prediction or entity did.

    Attributes:
        model: name of the model; None of a client's prediction that names none.
        entity_id: what the outcome is about.
        prediction_id: the live prediction, the latest when there are several.
        value: what happened.
        happened_at: when it happened.
        known_at: when we learned of it.
        closed: predictions closed now, live and shadow; 0 when it was known already.
        duplicate: whether it was known already, with the same value.
        loss: log loss or squared error of that prediction.
    """

    model: str | None
    entity_id: str | None
    prediction_id: UUID
    value: float
    happened_at: datetime
    known_at: datetime
    closed: int
    duplicate: bool
    loss: float


@dataclass(frozen=True, slots=True)
class Item:
    """The answer to one item of a batch.

    Attributes:
        entity_id: as it was sent.
        status: what became of it.
        problem: problem document of what is wrong, None for a good one.
    """

    entity_id: Any
    status: ItemStatus
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a batch of outcomes did.

    Attributes:
        new: predictions closed now, live and shadow.
        duplicates: outcomes that were known already, with the same value.
        unknown: entity ids without a prediction of this model.
        contradictions: (entity id, stored value, sent value) of outcomes that differ.
        items: the answer to each item, in the order they were sent.
    """

    new: int
    duplicates: int
    unknown: list[str] = field(default_factory=list)
    contradictions: list[tuple[str, float, float]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Somebody's opinion of one answer."""

    id: UUID
    prediction_id: UUID | None
    feedback_type: str | None
    service_name: str
    feedback_score: float | None
    accuracy_rating: float | None
    correct_label: bool | None
    comments: str | None
    user_id: str | None
    user_role: str | None
    processed: bool
    impact_on_model: str | None
    created_at: datetime
    processed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HourOfFeedback:
    """How much feedback of a type an hour had, and how long after its answer it came.

    Attributes:
        hour_start: beginning of the hour.
        feedback_type: the verdict, or who gives it; None of feedback that does not say.
        n_feedback: how much.
        p50_latency_s: seconds from the prediction to the feedback that half of it stayed under,
            at most 1 % off; None when none of it names a prediction.
        p95_latency_s: the same of 95 %.
    """

    hour_start: datetime
    feedback_type: str | None
    n_feedback: int
    p50_latency_s: float | None
    p95_latency_s: float | None


@dataclass(frozen=True, slots=True)
class DayOfFeedback:
    """The same of a day in UTC."""

    day: date
    feedback_type: str | None
    n_feedback: int
    p50_latency_s: float | None
    p95_latency_s: float | None


@dataclass(frozen=True, slots=True)
class SpanOfFeedback:
    """How much feedback a time had, and how long after its answers it came.

    Attributes:
        n_feedback: how much.
        latency_s: seconds from prediction to feedback, by the quantiles' shares.
    """

    n_feedback: int
    latency_s: dict[float, float | None]
