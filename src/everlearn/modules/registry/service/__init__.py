"""Registers models and versions, says which version is live, and swaps it."""

from everlearn.modules.registry.service.deployments import (
    activate,
    deployments,
    find_previous,
    rollback,
    set_status,
)
from everlearn.modules.registry.service.models import ensure_model, get_model, list_models
from everlearn.modules.registry.service.versions import (
    LIGHTGBM_TEXT,
    count_versions,
    find_live_version,
    find_version,
    get_version,
    list_versions,
    live_version,
    live_versions,
    load_artifact,
    named_version,
    record_metrics,
    register_version,
    versions_in,
)

__all__ = [
    "LIGHTGBM_TEXT",
    "activate",
    "count_versions",
    "deployments",
    "ensure_model",
    "find_live_version",
    "find_previous",
    "find_version",
    "get_model",
    "get_version",
    "list_models",
    "list_versions",
    "live_version",
    "live_versions",
    "load_artifact",
    "named_version",
    "record_metrics",
    "register_version",
    "rollback",
    "set_status",
    "versions_in",
]
