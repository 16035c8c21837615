"""Shows jobs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from everlearn.core.errors import Invalid, NotFound
from everlearn.core.jobs import MOVES, JobStatus
from everlearn.core.named import timed
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


@timed("operations.jobs")
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
