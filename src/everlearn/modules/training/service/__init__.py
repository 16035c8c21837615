"""Starts training jobs, shows how they stand, and does what they are for."""

from everlearn.modules.training.service.starting import (
    FIT,
    cancel,
    get_job,
    list_jobs,
    loss_history,
    read_config,
    start,
)

__all__ = ["FIT", "cancel", "get_job", "list_jobs", "loss_history", "read_config", "start"]
