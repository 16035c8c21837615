"""Words and shapes of the events module that others may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class EventType(StrEnum):
    """What happened."""

    MODEL_PREDICTION = "model_prediction"
    PATTERN_DETECTION = "pattern_detection"
    USER_FEEDBACK = "user_feedback"
    SYSTEM_OPTIMIZATION = "system_optimization"
    DATA_INGESTION = "data_ingestion"
    DRIFT_ALERT = "drift_alert"
    MODEL_TRAINING = "model_training"
    MODEL_REGISTRATION = "model_registration"
    MODEL_PROMOTION = "model_promotion"
    MODEL_ROLLBACK = "model_rollback"
    EXPERIMENT = "experiment"
    RECALIBRATION = "recalibration"


class GitOperation(StrEnum):
    """What was done in a repository."""

    COMMIT = "commit"
    MERGE = "merge"
    REBASE = "rebase"
    PULL_REQUEST = "pull_request"


class UserEventType(StrEnum):
    """Kind of what a user did."""

    PAGE_VIEW = "page_view"
    FEATURE_USED = "feature_used"
    ACTION = "action"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    id: UUID
    event_type: str
    event_subtype: str | None
    timestamp: datetime
    source_system: str | None
    entity_type: str | None
    entity_id: str | None
    event_data: dict[str, Any]
    user_id: str | None
    session_id: str | None
    processing_time_ms: float | None
    metadata: dict[str, Any] | None

    @property
    def actor(self) -> str | None:
        """Name who acted."""
        return (self.metadata or {}).get("actor")


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and the cursor of the next page."""

    items: list[Event]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class DayOfEvents:
    """A day's events.

    Attributes:
        day: in UTC.
        avg_processing_time: in milliseconds; None when no event has one.
        p95_processing_time: in milliseconds, at most 1 % off.
    """

    day: date
    event_count: int
    avg_processing_time: float | None
    p95_processing_time: float | None


@dataclass(frozen=True, slots=True)
class SpanOfEvents:
    """The events of some days together.

    Attributes:
        avg_processing_time: in milliseconds; None when no event has one.
        quantiles: of the processing time in milliseconds, by their shares, at most 1 % off.
    """

    event_count: int
    avg_processing_time: float | None
    quantiles: dict[float, float | None]


@dataclass(frozen=True, slots=True)
class HourOfEvents:
    """An hour's events of one type."""

    hour_start: datetime
    event_type: str
    event_count: int
