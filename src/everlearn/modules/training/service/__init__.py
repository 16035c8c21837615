"""Starts training jobs, shows how they stand, and does what they are for."""

from everlearn.modules.training.service.reading import set_rows
from everlearn.modules.training.service.starting import (
    FIT,
    OPEN,
    cancel,
    get_job,
    list_jobs,
    loss_history,
    read_config,
    start,
    starts,
    state_of,
)

__all__ = [
    "FIT",
    "OPEN",
    "cancel",
    "get_job",
    "list_jobs",
    "loss_history",
    "read_config",
    "set_rows",
    "start",
    "starts",
    "state_of",
]
