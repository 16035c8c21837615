"""Words of the analytics module."""

from __future__ import annotations

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
