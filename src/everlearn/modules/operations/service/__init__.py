"""What other modules may ask of operations; each file below is one use case."""

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
    "count_jobs",
    "expired_before",
    "get_job",
    "list_jobs",
    "retention_of",
    "set_retention",
]
