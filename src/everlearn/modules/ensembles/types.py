"""Words of ensembles that other modules may use."""

from __future__ import annotations

from enum import StrEnum


class EnsembleType(StrEnum):
    """How the members' answers become one."""

    VOTING = "voting"
    STACKING = "stacking"
    BLENDING = "blending"
    DYNAMIC = "dynamic"


class WeightType(StrEnum):
    """How a member's weight came about."""

    STATIC = "static"
    DYNAMIC = "dynamic"
    ADAPTIVE = "adaptive"


class EnsembleMetric(StrEnum):
    """What is measured of an ensemble."""

    ACCURACY = "accuracy"
    MSE = "mse"
    MAE = "mae"
    R2 = "r2"
    LATENCY = "latency"


class MetricUnit(StrEnum):
    """Unit of a measured number."""

    PERCENTAGE = "percentage"
    MS = "ms"
    COUNT = "count"
