"""Words of architecture search that other modules may use."""

from __future__ import annotations

from enum import StrEnum


class SearchStrategy(StrEnum):
    """How the space of architectures is walked through."""

    RANDOM = "random"
    GRID = "grid"
    BAYESIAN = "bayesian"
    EVOLUTIONARY = "evolutionary"
    REINFORCEMENT = "reinforcement"


class Objective(StrEnum):
    """What counts as a good architecture."""

    ACCURACY = "accuracy"
    LATENCY = "latency"
    COST = "cost"
    COMPOSITE = "composite"


class SearchStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"


class Descent(StrEnum):
    """How a candidate came about."""

    INITIAL = "initial"
    MUTATION = "mutation"
    CROSSOVER = "crossover"


class ArchitectureMetric(StrEnum):
    """What is measured of a candidate."""

    ACCURACY = "accuracy"
    LATENCY = "latency"
    COST = "cost"
    MEMORY = "memory"
    THROUGHPUT = "throughput"


class ArchitectureUnit(StrEnum):
    """Unit of a measured number."""

    PERCENTAGE = "percentage"
    MS = "ms"
    DOLLARS = "dollars"
    MB = "mb"
    REQUESTS_PER_SEC = "requests_per_sec"
