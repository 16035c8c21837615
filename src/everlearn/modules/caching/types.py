"""Words of the caching module."""

from __future__ import annotations

from enum import StrEnum


class CacheTier(StrEnum):
    """A level of the cache: in memory, shared, in the database."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"


class MeasuredTier(StrEnum):
    """A level of the cache, or all of them together."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    ALL = "all"


class WarmingStrategy(StrEnum):
    """How the keys to load are chosen."""

    PREDICTIVE = "predictive"
    PATTERN_BASED = "pattern-based"
    SCHEDULED = "scheduled"
    MANUAL = "manual"


class WarmingStatus(StrEnum):
    """Where a warming job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class MetricUnit(StrEnum):
    """Unit of a cache's metric."""

    PERCENTAGE = "percentage"
    MS = "ms"
    MB = "mb"
    COUNT = "count"


class AccessPattern(StrEnum):
    """What binds the accesses of a pattern together."""

    TEMPORAL = "temporal"
    SEQUENTIAL = "sequential"
    FREQUENCY = "frequency"
    SEMANTIC = "semantic"
