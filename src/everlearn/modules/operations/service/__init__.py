"""What other modules may ask of operations; each file below is one use case."""

from everlearn.modules.operations.service.alerts import (
    acknowledge,
    get_alert,
    list_alerts,
    list_rules,
    set_rule,
)
from everlearn.modules.operations.service.health import current, hours, query_health
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
from everlearn.modules.operations.service.watching import count_tenants, watch

__all__ = [
    "ENDED",
    "MAX_PAGE",
    "OPEN",
    "Points",
    "acknowledge",
    "count_jobs",
    "count_tenants",
    "current",
    "expired_before",
    "find_series",
    "get_alert",
    "get_job",
    "hours",
    "list_alerts",
    "list_jobs",
    "list_rules",
    "list_series",
    "query_health",
    "read_points",
    "record_metrics",
    "retention_of",
    "set_retention",
    "set_rule",
    "to_arrow",
    "watch",
]
