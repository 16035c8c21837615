"""Words of the evolution module."""

from __future__ import annotations

from enum import StrEnum


class Engine(StrEnum):
    """What an experiment varies: configurations of its own accord, or programs."""

    AUTONOMOUS = "autonomous"
    OPENEVOLVE = "openevolve"


class ExperimentStatus(StrEnum):
    """Where an experiment stands."""

    INITIALIZED = "initialized"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SelectionStrategy(StrEnum):
    """How an experiment chooses who goes on; `elitist` is another word for `elitism`."""

    TOURNAMENT = "tournament"
    ROULETTE = "roulette"
    RANK = "rank"
    ELITISM = "elitism"
    ELITIST = "elitist"


class SelectionMethod(StrEnum):
    """How one member was chosen."""

    TOURNAMENT = "tournament"
    ROULETTE = "roulette"
    RANK = "rank"
    ELITISM = "elitism"


class EvolutionStrategy(StrEnum):
    """How configurations are varied."""

    GENETIC = "genetic"
    DIFFERENTIAL = "differential"
    PARTICLE_SWARM = "particle_swarm"
    NEURAL_EVOLUTION = "neural_evolution"


class GenerationStatus(StrEnum):
    """Where a generation stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    CONVERGED = "converged"
    STOPPED = "stopped"


class MutationType(StrEnum):
    """How a candidate came from its parents."""

    POINT = "point"
    GAUSSIAN = "gaussian"
    UNIFORM = "uniform"
    CROSSOVER = "crossover"
    NONE = "none"


class EvaluationStatus(StrEnum):
    """How far the evaluation of an individual is."""

    PENDING = "pending"
    EVALUATING = "evaluating"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"


class MetricUnit(StrEnum):
    """Unit of a generation's metric."""

    SCORE = "score"
    PERCENTAGE = "percentage"
    COUNT = "count"
