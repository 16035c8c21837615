"""Words of fine-tuning that other modules may use."""

from __future__ import annotations

from enum import StrEnum


class UpdateType(StrEnum):
    """How a model gets from one version to the next."""

    INCREMENTAL = "incremental"
    FULL = "full"
    HOT_SWAP = "hot_swap"


class TuningMetric(StrEnum):
    """What is measured while a job runs."""

    LOSS = "loss"
    ACCURACY = "accuracy"
    VAL_LOSS = "val_loss"
    VAL_ACCURACY = "val_accuracy"
    LEARNING_RATE = "learning_rate"
