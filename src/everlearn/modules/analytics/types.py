"""Words of the analytics module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportType(StrEnum):
    """Form of a report."""

    PDF = "pdf"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


class UsageMetric(StrEnum):
    """What is used."""

    API_CALLS = "api_calls"
    PREDICTIONS = "predictions"
    STORAGE = "storage"
    COST = "cost"


class UsageUnit(StrEnum):
    """What usage is counted in."""

    COUNT = "count"
    BYTES = "bytes"
    DOLLARS = "dollars"
    PERCENTAGE = "percentage"


class PeriodType(StrEnum):
    """Length of a period."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of something the whole tenant used in a period.

    Attributes:
        metric_name: what was used.
        metric_value: how much, in metric_unit.
        metric_unit: what it is counted in.
        period_start: beginning of the period, in UTC.
        period_end: end of the period.
        period_type: length of the period.
    """

    metric_name: str
    metric_value: float
    metric_unit: str | None
    period_start: datetime
    period_end: datetime
    period_type: str
