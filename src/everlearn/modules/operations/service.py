"""Shows jobs, and says how long rows are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from everlearn.core.errors import Invalid, NotFound
from everlearn.core.jobs import MOVES, JobStatus
from everlearn.core.tx import Tx
from everlearn.modules.operations.types import JobView

MAX_PAGE = 500
OPEN = (JobStatus.RUNNING, JobStatus.QUEUED)
ENDED = (JobStatus.COMPLETED, JobStatus.CANCELLED)

_JOBS = """
SELECT id, name, status, args, key, queue, lock, priority, attempts, progress_ratio, note, result,
  error, cancel_requested, queued_by, queued_at, started_at, finished_at,
  CAST(extract(epoch FROM coalesce(finished_at,
    CASE WHEN status = 'running' THEN CAST(:now AS timestamptz) END) - started_at) AS float8)
    AS seconds
FROM operations.job_runs
WHERE tenant_id = app.tenant_id()
  AND (CAST(:id AS uuid) IS NULL OR id = :id)
  AND (CAST(:statuses AS text[]) IS NULL OR status = ANY(:statuses))
  AND (CAST(:before AS uuid) IS NULL OR id < :before)
ORDER BY id DESC
LIMIT :limit
"""

_RETENTION = """
SELECT r.keep_days, p.retention_period
FROM app.retention r
LEFT JOIN operations.data_retention_policies p
  ON p.tenant_id = app.tenant_id() AND p.table_name = r.parent
WHERE r.parent = :table
"""

_SET_RETENTION = """
INSERT INTO operations.data_retention_policies (table_name, retention_period, created_at)
VALUES (:table, :period, :now)
ON CONFLICT (tenant_id, table_name) DO UPDATE SET retention_period = excluded.retention_period
"""


def list_jobs(
    tx: Tx,
    *,
    statuses: Sequence[JobStatus] | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> list[JobView]:
    """Give jobs, newest first; `before` is the id of the last one of the page before."""
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"a page has 1 to {MAX_PAGE} rows", field="limit")
    chosen = None if statuses is None else [status.value for status in statuses]
    return _jobs(tx, statuses=chosen, limit=limit, before=before)


def get_job(tx: Tx, run_id: UUID) -> JobView:
    """Give one job; raise NotFound when the tenant has none of this id."""
    found = _jobs(tx, run_id=run_id)
    if not found:
        raise NotFound(f"no job {run_id}", field="id")
    return found[0]


def count_jobs(tx: Tx) -> dict[JobStatus, int]:
    """Give the number of jobs in each status."""
    query = (
        "SELECT status, count(*) AS n FROM operations.job_runs"
        " WHERE tenant_id = app.tenant_id() GROUP BY status"
    )
    found = {JobStatus(row.status): int(row.n) for row in tx.execute(query)}
    return {status: found.get(status, 0) for status in JobStatus}


def _jobs(
    tx: Tx,
    *,
    run_id: UUID | None = None,
    statuses: list[str] | None = None,
    limit: int = 1,
    before: UUID | None = None,
) -> list[JobView]:
    params = {
        "id": run_id,
        "statuses": statuses,
        "limit": limit,
        "before": before,
        "now": tx.now(),
    }
    made = []
    for row in tx.execute(_JOBS, params).mappings():
        moves = MOVES[JobStatus(row["status"])]
        can_cancel = JobStatus.CANCELLED in moves and not row["cancel_requested"]
        # A running job may be queued again by its worker alone.
        can_retry = JobStatus.QUEUED in moves and row["status"] != JobStatus.RUNNING
        made.append(JobView(**row, can_cancel=can_cancel, can_retry=can_retry))
    return made


def retention_of(tx: Tx, table: str) -> timedelta | None:
    """Give how long the tenant keeps rows of a table (schema-qualified); None means for ever."""
    row = tx.execute(_RETENTION, {"table": table}).first()
    if row is None:
        return None
    return row.retention_period or timedelta(days=row.keep_days)


def set_retention(tx: Tx, table: str, *, days: int) -> None:
    """Keep the tenant's rows of a table this long; the last setting holds.

    Raises:
        Invalid: less than a day, or a table whose rows are never removed (the audit trail).
    """
    if days < 1:
        raise Invalid("rows are kept for a day at least", field="days", got=days)
    known = list(tx.execute("SELECT parent FROM app.retention ORDER BY parent").scalars())
    if table not in known:
        raise Invalid("no rows are ever removed from such a table", field="table", allowed=known)
    params = {"table": table, "period": timedelta(days=days), "now": tx.now()}
    tx.execute(_SET_RETENTION, params)


def expired_before(tx: Tx, table: str) -> datetime | None:
    """Give the time before which the tenant's rows of a table may go; None when they stay."""
    kept = retention_of(tx, table)
    return None if kept is None else tx.now() - kept
