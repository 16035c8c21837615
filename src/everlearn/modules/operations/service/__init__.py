"""What other modules may ask of operations; each file below is one use case."""

from everlearn.modules.operations.service.metrics.reading import (
    Points,
    find_series,
    list_series,
    read_points,
    to_arrow,
)
from everlearn.modules.operations.service.metrics.recording import record_metrics
from everlearn.modules.operations.service.policies import (
    expired_before,
    retention_of,
    set_retention,
)
from everlearn.modules.operations.service.showing import (
    ENDED,
    MAX_PAGE,
    OPEN,
    count_jobs,
    get_job,
    list_jobs,
)

__all__ = [
    "ENDED",
    "MAX_PAGE",
    "OPEN",
    "Points",
    "count_jobs",
    "expired_before",
    "find_series",
    "get_job",
    "list_jobs",
    "list_series",
    "read_points",
    "record_metrics",
    "retention_of",
    "set_retention",
    "to_arrow",
]
