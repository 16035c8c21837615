"""What other modules may ask of operations; each file below is one use case."""

from everlearn.modules.operations.service.alerts import (
    acknowledge,
    get_alert,
    list_alerts,
    list_rules,
    set_rule,
)
from everlearn.modules.operations.service.files import (
    archive_totals,
    list_files,
    verify_files,
)
from everlearn.modules.operations.service.health import current, hours, query_health
from everlearn.modules.operations.service.lag import archive_lag, partition_sizes
from everlearn.modules.operations.service.metrics.exporting import metric_rows
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
    hold,
    holds,
    release,
    retained_tables,
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
    "archive_lag",
    "archive_totals",
    "count_jobs",
    "count_tenants",
    "current",
    "expired_before",
    "find_series",
    "get_alert",
    "get_job",
    "hold",
    "holds",
    "hours",
    "list_alerts",
    "list_files",
    "list_jobs",
    "list_rules",
    "list_series",
    "metric_rows",
    "partition_sizes",
    "query_health",
    "read_points",
    "record_metrics",
    "release",
    "retained_tables",
    "retention_of",
    "set_retention",
    "set_rule",
    "to_arrow",
    "verify_files",
    "watch",
]
