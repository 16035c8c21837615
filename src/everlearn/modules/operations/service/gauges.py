"""How operations reads its own watched numbers: jobs of a tenant, partitions of the house."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from everlearn.core import partitions, watching
from everlearn.core.partitions import Partition
from everlearn.core.tx import Tx
from everlearn.core.watching import Reading

JOBS = watching.metric(
    "jobs_count", "Jobs that wait or run, by status.", merge="sum", label="status"
)
FAILED = watching.metric("jobs_failed_count", "Jobs that failed within the last hour.", merge="sum")
WAIT = watching.metric(
    "job_wait_s", "How long the oldest waiting job has waited, in seconds.", merge="max"
)
LARGEST = watching.metric(
    "partition_bytes",
    "Size of a table's largest partition with its indexes, in bytes.",
    merge="max",
    label="table",
)
TOTAL = watching.metric(
    "table_bytes",
    "Size of all partitions of a table with their indexes, in bytes.",
    merge="max",
    label="table",
)
AHEAD = watching.metric(
    "partitions_ahead_count",
    "Periods after the present one that a table has a partition for.",
    merge="min",
    label="table",
)
ARCHIVE_LAG = watching.metric(
    "archive_lag_s",
    "How long the oldest partition holds rows past their time, in seconds; 0 when none does.",
    merge="max",
    label="table",
)
QUERY_P95 = watching.metric(
    "query_p95_ms",
    "95th percentile of a query's times in the last ten to twenty minutes, in milliseconds.",
    merge="max",
    label="query",
)
QUERY_RATIO = watching.metric(
    "query_p95_ratio",
    "That p95 as a multiple of the same hour's usual one, the median of the last seven days.",
    merge="max",
    label="query",
)

_JOBS = """
SELECT count(*) FILTER (WHERE status = 'queued') AS queued,
  count(*) FILTER (WHERE status = 'running') AS running,
  count(*) FILTER (WHERE status = 'failed') AS failed,
  coalesce(extract(epoch FROM CAST(:now AS timestamptz)
    - min(greatest(queued_at, due_at)) FILTER (WHERE status = 'queued')), 0)::float8 AS wait_s
FROM operations.job_runs
WHERE tenant_id = app.tenant_id() AND (status IN ('queued', 'running')
  OR (status = 'failed' AND finished_at > :since))
"""

# Whose rows a partition past some tenant's time holds, and how long each of them keeps its rows.
# Of a tenant that is gone nothing is kept, so its rows are late from the partition's end on.
_LATE = """
SELECT max(extract(epoch FROM CAST(:now AS timestamptz) - CAST(:upper AS timestamptz)
  - coalesce(r.keep, interval '0')))::float8
FROM app.partition_tenants(:table, :partition) AS t(tenant_id)
LEFT JOIN app.retention_rules(:table) r USING (tenant_id)
WHERE NOT coalesce(r.held, false)
"""
_SHORTEST = """
SELECT r.parent, least(min(k.keep), make_interval(days => r.keep_days)) AS keep
FROM app.retention r LEFT JOIN LATERAL app.retention_rules(r.parent) k ON NOT k.held
WHERE r.parent = ANY(:tables)
GROUP BY r.parent, r.keep_days
"""


def jobs(tx: Tx) -> Iterator[Reading]:
    """Read the tenant's jobs."""
    now = tx.now()
    row = tx.execute(_JOBS, {"now": now, "since": now - timedelta(hours=1)}).one()
    yield Reading(JOBS.name, "queued", row.queued)
    yield Reading(JOBS.name, "running", row.running)
    yield Reading(FAILED.name, "", row.failed)
    yield Reading(WAIT.name, "", max(row.wait_s, 0.0))


def sizes(tx: Tx) -> Iterator[Reading]:
    """Read the partitions of every table, and which of them should have gone."""
    of_table: dict[str, list[Partition]] = defaultdict(list)
    for each in partitions.list_partitions(tx):
        of_table[each.table].append(each)
    now = tx.now()
    for table, found in sorted(of_table.items()):
        yield Reading(LARGEST.name, table, max(each.size_bytes for each in found))
        yield Reading(TOTAL.name, table, sum(each.size_bytes for each in found))
        yield Reading(AHEAD.name, table, sum(each.lower_at > now for each in found))
    keeps = {row.parent: row.keep for row in tx.execute(_SHORTEST, {"tables": sorted(of_table)})}
    for table, keep in sorted(keeps.items()):
        late = [_late_s(tx, each, now) for each in of_table[table] if each.upper_at <= now - keep]
        yield Reading(ARCHIVE_LAG.name, table, max([0.0, *late]))


def _late_s(tx: Tx, partition: Partition, now: datetime) -> float:
    params = {
        "now": now,
        "upper": partition.upper_at,
        "table": partition.table,
        "partition": partition.name,
    }
    return tx.scalar(_LATE, params) or 0.0
