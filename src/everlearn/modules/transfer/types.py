"""Words of transfer learning that other modules may use."""

from __future__ import annotations

from enum import StrEnum


class DomainType(StrEnum):
    """What two domains are about."""

    CODE_QUALITY = "code-quality"
    NARRATIVE = "narrative"
    SEARCH = "search"
    GENERAL = "general"


class TransferStrategy(StrEnum):
    """How a model is carried from one domain to another."""

    FINE_TUNING = "fine-tuning"
    FEATURE_EXTRACTION = "feature-extraction"
    ADVERSARIAL = "adversarial"
    MULTI_TASK = "multi-task"


class TransferStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class AdaptationMetric(StrEnum):
    """What is measured of a transfer."""

    ACCURACY = "accuracy"
    F1 = "f1"
    DOMAIN_SHIFT = "domain_shift"
    ADAPTATION_GAIN = "adaptation_gain"


class AdaptationUnit(StrEnum):
    """Unit of a measured number."""

    PERCENTAGE = "percentage"
    SCORE = "score"


class EvaluationPhase(StrEnum):
    """Which model was measured."""

    BEFORE_TRANSFER = "before_transfer"
    AFTER_TRANSFER = "after_transfer"
    TARGET_DOMAIN_ONLY = "target_domain_only"
