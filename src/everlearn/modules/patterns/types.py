"""Words of the patterns module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class PatternType(StrEnum):
    """What kind of thing a pattern is."""

    CODE_SMELL = "code_smell"
    PERFORMANCE_BOTTLENECK = "performance_bottleneck"
    USAGE_PATTERN = "usage_pattern"
    SECURITY_VULNERABILITY = "security_vulnerability"
    DESIGN_PATTERN = "design_pattern"
    ANTI_PATTERN = "anti_pattern"


class Severity(StrEnum):
    """How much a pattern matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class PatternStatus(StrEnum):
    """What was decided about a pattern."""

    ACTIVE = "active"
    INVESTIGATING = "investigating"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    FALSE_POSITIVE = "false_positive"


class SourceType(StrEnum):
    """What a pattern was seen in."""

    GIT_COMMIT = "git_commit"
    CODE_FILE = "code_file"
    USER_SESSION = "user_session"


@dataclass(frozen=True, slots=True)
class FrequentPattern:
    """A pattern and how often it was seen in a time."""

    id: UUID
    pattern_type: str
    pattern_name: str
    severity_level: str | None
    status: str
    occurrence_count: int


@dataclass(frozen=True, slots=True)
class DayOfPatterns:
    """How often patterns of a type were seen on a day (UTC)."""

    day: date
    pattern_type: str
    occurrence_count: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a pattern was seen."""

    id: UUID
    pattern_id: UUID
    source_type: str
    source_id: str
    location_data: dict[str, Any] | None
    context_data: dict[str, Any] | None
    detection_timestamp: datetime
    confidence_score: float | None


@dataclass(frozen=True, slots=True)
class OccurrencePage:
    """Some occurrences, newest first, and the cursor of the next page."""

    items: list[Occurrence]
    next_cursor: str | None
