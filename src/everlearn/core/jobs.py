"""Background work: queued in the transaction of the fact that caused it, run once, seen by its tenant.

`enqueue` writes a row of operations.job_runs, which the tenant sees, and a queue entry that holds only
ids. A module's `jobs.py` declares its functions:

    @job("training.fit")
    def fit(run: JobRunner) -> dict[str, Any]:
        with run.tx() as tx: ...
        run.progress(0.5, "fitted")

A job may run twice (its worker was killed), so it must find what it already did. A killed worker's
jobs go back to the queue when its heartbeat is `STALLED_S` old.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from everlearn.core import catalog
from everlearn.core.clock import Clock, ManualClock
from everlearn.core.errors import Bug, EverlearnError, NotFound, WrongStatus
from everlearn.core.ids import uuid7
from everlearn.core.log import log
from everlearn.core.tx import Actor, Database, Tx

STALLED_S = 30.0
MAX_ATTEMPTS = 5


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: The allowed moves; `queued` again is a retry after a killed worker or a passing fault.
MOVES: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset(
        {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.QUEUED, JobStatus.RUNNING}
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
    JobStatus.CANCELLED: frozenset({JobStatus.QUEUED}),
}


class Cancelled(EverlearnError):
    """The job was cancelled by a person; start it again if it is still wanted."""

    code = "jobs.cancelled"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Job:
    """A declared job: its name and the function that does it."""

    name: str
    function: Callable[[JobRunner], dict[str, Any] | None]


_jobs: dict[str, Job] = {}


def job(
    name: str,
) -> Callable[
    [Callable[[JobRunner], dict[str, Any] | None]], Callable[[JobRunner], dict[str, Any] | None]
]:
    """Declare a function of a module's `jobs.py` as the job `name` (``module.verb``)."""

    def keep(
        function: Callable[[JobRunner], dict[str, Any] | None],
    ) -> Callable[[JobRunner], dict[str, Any] | None]:
        _jobs[name] = Job(name, function)
        return function

    return keep


def declared() -> dict[str, Job]:
    """Give every job of every module by name."""
    catalog.load_all("jobs")
    return _jobs


class JobRunner:
    """What a job function gets: its arguments, transactions of its tenant, progress."""

    def __init__(self, database: Database, row: dict[str, Any], clock: Clock) -> None:
        """Made by `run`; `row` is the row of operations.job_runs."""
        self.database = database
        self.run_id: UUID = row["id"]
        self.tenant_id: UUID = row["tenant_id"]
        self.args: dict[str, Any] = row["args"]
        self.clock = clock
        self.actor = Actor("job", row["name"], id=row["id"])

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        """Open a transaction for the job's tenant."""
        with self.database.tx(self.tenant_id, actor=self.actor, clock=self.clock) as tx:
            yield tx

    def progress(self, ratio: float, note: str = "") -> None:
        """Show how far the job is (0 to 1), in a transaction of its own; raise when cancelled."""
        with self.tx() as tx:
            wanted = tx.scalar(
                "UPDATE operations.job_runs SET progress_ratio = :ratio, note = :note"
                " WHERE tenant_id = app.tenant_id() AND id = :id RETURNING cancel_requested",
                {"ratio": min(max(ratio, 0.0), 1.0), "note": note, "id": self.run_id},
            )
            tx.notify("jobs")
        if wanted:
            raise Cancelled


def enqueue(
    tx: Tx,
    name: str,
    args: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    queue: str | None = None,
    lock: str | None = None,
    at: datetime | None = None,
    priority: int = 0,
) -> UUID:
    """Queue a job; it is there exactly if the caller's transaction commits.

    Args:
        tx: transaction of the fact that causes the job.
        name: a declared job.
        args: JSON-ready arguments, ids rather than values.
        key: while a job with this key is queued or running, its id is given and none is added.
        queue: queue to use; the tenant's own (``default``, or a replay's) when left out.
        lock: jobs of this tenant with the same lock run one after another.
        at: do not start before; now when left out.
        priority: higher starts first.

    Returns:
        Id of the row in operations.job_runs.
    """
    if name not in declared():
        msg = f"no job is called {name!r}"
        raise Bug(msg)
    if key is not None:
        found = tx.scalar(
            "SELECT id FROM operations.job_runs WHERE tenant_id = app.tenant_id() AND key = :key"
            " AND status IN ('queued', 'running')",
            {"key": key},
        )
        if found:
            return UUID(str(found))
    run_id = uuid7(tx.now())
    queue = queue or _queue_of(tx)
    tx.execute(
        "INSERT INTO operations.job_runs (id, name, args, key, queue, lock, priority, queued_at,"
        " queued_by) VALUES (:id, :name, CAST(:args AS jsonb), :key, :queue, :lock, :priority, :now,"
        " :actor)",
        {
            "id": run_id,
            "name": name,
            "args": json.dumps(args or {}),
            "key": key,
            "queue": queue,
            "lock": lock,
            "priority": priority,
            "now": tx.now(),
            "actor": tx.actor.name,
        },
    )
    _put(tx, run_id, queue, priority, lock, at)
    tx.notify("jobs")
    return run_id


def _queue_of(tx: Tx) -> str:
    found = tx.scalar("SELECT job_queue FROM tenancy.tenants WHERE id = app.tenant_id()")
    return str(found or "default")


def _put(
    tx: Tx, run_id: UUID, queue: str, priority: int, lock: str | None, at: datetime | None
) -> None:
    tx.execute(
        "SELECT app.enqueue_job(:run_id, :queue, :priority, :lock, :at)",
        {"run_id": run_id, "queue": queue, "priority": priority, "lock": lock, "at": at},
    )


def cancel(tx: Tx, run_id: UUID) -> None:
    """Cancel a job: at once when it waits, at its next sign of progress when it runs."""
    row = _lock_row(tx, run_id)
    if row["status"] == JobStatus.QUEUED:
        _move(tx, row, JobStatus.CANCELLED, finished_at=tx.now())
    elif row["status"] == JobStatus.RUNNING:
        tx.execute(
            "UPDATE operations.job_runs SET cancel_requested = true"
            " WHERE tenant_id = app.tenant_id() AND id = :id",
            {"id": run_id},
        )
    else:
        msg = f"the job is {row['status']} already"
        raise WrongStatus(msg)
    tx.notify("jobs")


def retry(tx: Tx, run_id: UUID) -> None:
    """Queue a failed or cancelled job again."""
    row = _lock_row(tx, run_id)
    _move(tx, row, JobStatus.QUEUED, error=None, cancel_requested=False, finished_at=None)
    _put(tx, run_id, row["queue"], row["priority"], row["lock"], None)
    tx.notify("jobs")


def run(database: Database, *, tenant_id: UUID, run_id: UUID, clock: Clock) -> bool:
    """Run one queued job to its end and record how it ended.

    Returns:
        Whether it should be tried again later (a passing fault, and attempts are left).
    """
    actor = Actor("system", "worker")
    with database.tx(tenant_id, actor=actor, clock=clock) as tx:
        row = _lock_row(tx, run_id)
        if row["status"] not in {JobStatus.QUEUED, JobStatus.RUNNING}:
            return False  # cancelled while it waited, or finished by a run that was thought dead
        if row["cancel_requested"]:
            _move(tx, row, JobStatus.CANCELLED, finished_at=tx.now())
            return False
        _move(tx, row, JobStatus.RUNNING, started_at=tx.now(), attempts=row["attempts"] + 1)
        tx.notify("jobs")
    # A replayed tenant's job lives at the time it was queued, whatever the machine's clock says.
    job_clock = clock if not row["queue"].startswith("replay:") else ManualClock(row["queued_at"])
    runner = JobRunner(database, row, job_clock)
    try:
        result = declared()[row["name"]].function(runner)
    except Cancelled:
        _finish(runner, JobStatus.CANCELLED)
    except EverlearnError as error:
        again = error.retryable and row["attempts"] + 1 < MAX_ATTEMPTS
        _finish(runner, JobStatus.QUEUED if again else JobStatus.FAILED, error=error.to_problem())
        log("jobs").warning("job failed", job=row["name"], run_id=str(run_id), error=str(error), again=again)
        return again
    except Exception as error:  # a worker outlives a job's bug; the error is recorded on the run
        _finish(runner, JobStatus.FAILED, error=Bug(f"{type(error).__name__}: {error}").to_problem())
        log("jobs").exception("job failed", job=row["name"], run_id=str(run_id))
    else:
        _finish(runner, JobStatus.COMPLETED, result=result or {}, progress_ratio=1.0)
    return False


def _finish(runner: JobRunner, to: JobStatus, **changes: Any) -> None:
    with runner.tx() as tx:
        row = _lock_row(tx, runner.run_id)
        _move(tx, row, to, finished_at=None if to == JobStatus.QUEUED else tx.now(), **changes)
        tx.notify("jobs")


def _lock_row(tx: Tx, run_id: UUID) -> dict[str, Any]:
    found = (
        tx.execute(
            "SELECT * FROM operations.job_runs WHERE tenant_id = app.tenant_id() AND id = :id"
            " FOR UPDATE",
            {"id": run_id},
        )
        .mappings()
        .first()
    )
    if found is None:
        msg = f"no job {run_id}"
        raise NotFound(msg)
    return dict(found)


def _move(tx: Tx, row: dict[str, Any], to: JobStatus, **changes: Any) -> None:
    was = JobStatus(row["status"])
    if to not in MOVES[was]:
        msg = f"a {was} job cannot become {to}"
        raise WrongStatus(msg, allowed=sorted(MOVES[was]))
    from everlearn.core.job_table import JobRun  # noqa: PLC0415 - tables are loaded last

    table = JobRun.__table__
    tx.execute(
        table.update()  # type: ignore[attr-defined]  # a Table, typed as FromClause
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == row["id"])
        .values(status=to.value, **changes)
    )
