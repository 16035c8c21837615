"""Background work: queued in the transaction of the fact that caused it, and seen by its tenant.

`enqueue` writes a row of operations.job_runs, which the tenant sees, and a queue entry that holds
only ids. A module's `jobs.py` declares its functions:

    @job("training.fit")
    def fit(run: JobRunner) -> dict[str, Any]:
        with run.tx() as tx: ...
        run.progress(0.5, "fitted")

A job may start again (its worker was killed), so it must find what it already did. A killed
worker's jobs go back to the queue when its heartbeat is `STALLED_S` old. Should that worker live
after all, it is stopped at its next sign of progress: `queue_entry` and `attempts` say who took the
job last, and only that one may show progress or record an end.
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

from sqlalchemy import null

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
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.RUNNING: frozenset(
        {
            JobStatus.COMPLETED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
            JobStatus.QUEUED,
            JobStatus.RUNNING,
        }
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
    JobStatus.CANCELLED: frozenset({JobStatus.QUEUED}),
}


class Cancelled(EverlearnError):
    """The job was cancelled by a person; start it again if it is still wanted."""

    code = "jobs.cancelled"
    http_status = 409


class Superseded(EverlearnError):
    """Another worker took this job over; this one stops without recording anything."""

    code = "jobs.superseded"
    http_status = 409


class WorkerDied(EverlearnError):
    """The job's workers ended before it did, each time; look at their log, then queue it again."""

    code = "jobs.worker_died"


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
        self.entry: int | None = row["queue_entry"]
        self.attempt: int = row["attempts"] + 1
        self.actor = Actor("job", row["name"], id=row["id"])

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        """Open a transaction for the job's tenant."""
        with self.database.tx(self.tenant_id, actor=self.actor, clock=self.clock) as tx:
            yield tx

    def progress(self, ratio: float, note: str = "") -> None:
        """Show how far the job is (0 to 1), in a transaction of its own.

        Raises:
            Cancelled: a person wants the job stopped.
            Superseded: another worker runs the job by now.
        """
        with self.tx() as tx:
            row = tx.execute(
                "UPDATE operations.job_runs SET progress_ratio = :ratio, note = :note"
                " WHERE tenant_id = app.tenant_id() AND id = :id AND status = 'running'"
                " AND attempts = :attempt AND queue_entry = :entry RETURNING cancel_requested",
                {
                    "ratio": min(max(ratio, 0.0), 1.0),
                    "note": note,
                    "id": self.run_id,
                    "attempt": self.attempt,
                    "entry": self.entry,
                },
            ).first()
            tx.notify("jobs")
        if row is None:
            raise Superseded
        if row.cancel_requested:
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
    run_id = uuid7(tx.now())
    queue = queue or _queue_of(tx)
    written = json.dumps(args or {}, allow_nan=False)
    while not tx.execute(
        # The conflict waits for a transaction that is just queueing the same key.
        "INSERT INTO operations.job_runs (id, name, args, key, queue, lock, priority, queued_at,"
        " due_at, queued_by) VALUES (:id, :name, CAST(:args AS jsonb), :key, :queue, :lock,"
        " :priority, :now, :at, :actor) ON CONFLICT (tenant_id, key)"
        " WHERE status IN ('queued', 'running') AND key IS NOT NULL DO NOTHING RETURNING id",
        {
            "id": run_id,
            "name": name,
            "args": written,
            "key": key,
            "queue": queue,
            "lock": lock,
            "priority": priority,
            "now": tx.now(),
            "at": at,
            "actor": tx.actor.name,
        },
    ).first():
        found = tx.scalar(
            "SELECT id FROM operations.job_runs WHERE tenant_id = app.tenant_id() AND key = :key"
            " AND status IN ('queued', 'running')",
            {"key": key},
        )
        if found:  # else it ended between the two statements
            return UUID(str(found))
    _put(tx, run_id, at=at)
    tx.notify("jobs")
    return run_id


def _queue_of(tx: Tx) -> str:
    found = tx.scalar("SELECT job_queue FROM tenancy.tenants WHERE id = app.tenant_id()")
    return str(found or "default")


def _put(tx: Tx, run_id: UUID, *, at: datetime | None = None) -> None:
    tx.execute(
        "UPDATE operations.job_runs"
        " SET queue_entry = app.enqueue_job(id, queue, CAST(priority AS integer), lock, :at)"
        " WHERE tenant_id = app.tenant_id() AND id = :id",
        {"id": run_id, "at": at},
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
    """Queue a failed or cancelled job again, from its beginning.

    Raises:
        NotFound: the tenant has no such job.
        WrongStatus: it waits, runs or is done.
        Duplicate: another job with its key is queued or running.
    """
    row = _lock_row(tx, run_id)
    with tx.savepoint():
        _move(
            tx,
            row,
            JobStatus.QUEUED,
            attempts=0,
            cancel_requested=False,
            due_at=None,
            error=None,
            finished_at=None,
            note=None,
            progress_ratio=0.0,
            started_at=None,
        )
    _put(tx, run_id)
    tx.notify("jobs")


def run(
    database: Database, *, tenant_id: UUID, run_id: UUID, clock: Clock, entry: int | None = None
) -> bool:
    """Run one queued job to its end and record how it ended.

    Args:
        database: transactions as everlearn_app.
        tenant_id: tenant the job belongs to.
        run_id: row of operations.job_runs.
        clock: the machine's; `started_at` and `finished_at` are read from it.
        entry: the queue's entry that asks for it; one that was replaced does nothing.

    Returns:
        Whether it should be tried again later (a passing fault, and attempts are left).
    """
    actor = Actor("system", "worker")
    with database.tx(tenant_id, actor=actor, clock=clock) as tx:
        row = _lock_row(tx, run_id)
        if not _take(tx, row, entry):
            return False
    # A replayed tenant's job lives at the time it was queued, whatever the machine's clock says.
    replayed = row["queue"].startswith("replay:")
    runner = JobRunner(database, row, ManualClock(row["queued_at"]) if replayed else clock)
    try:
        made = declared()[row["name"]].function(runner) or {}
        result = json.loads(json.dumps(made, allow_nan=False))  # what cannot be kept fails the job
    except Superseded:
        log("jobs").warning("job was taken over", job=row["name"], run_id=str(run_id))
    except Cancelled:
        _finish(runner, clock, JobStatus.CANCELLED)
    except EverlearnError as error:
        again = error.retryable and runner.attempt < MAX_ATTEMPTS
        log("jobs").warning(
            "job failed", job=row["name"], run_id=str(run_id), error=str(error), again=again
        )
        to = JobStatus.QUEUED if again else JobStatus.FAILED
        return _finish(runner, clock, to, error=error.to_problem()) and again
    except Exception as error:  # noqa: BLE001 - a worker outlives a job's bug, which is recorded
        log("jobs").exception("job failed", job=row["name"], run_id=str(run_id))
        problem = Bug(f"{type(error).__name__}: {error}").to_problem()
        _finish(runner, clock, JobStatus.FAILED, error=problem)
    else:
        _finish(runner, clock, JobStatus.COMPLETED, result=result, error=None, progress_ratio=1.0)
    return False


def _take(tx: Tx, row: dict[str, Any], entry: int | None) -> bool:
    if row["status"] not in {JobStatus.QUEUED, JobStatus.RUNNING}:
        return False  # cancelled while it waited, or finished by a run that was thought dead
    if entry is not None and entry != row["queue_entry"]:
        return False  # cancelled and queued again: the new entry runs it
    if row["cancel_requested"]:
        _move(tx, row, JobStatus.CANCELLED, finished_at=tx.now())
    elif row["attempts"] >= MAX_ATTEMPTS:
        problem = WorkerDied().to_problem()
        _move(tx, row, JobStatus.FAILED, error=problem, finished_at=tx.now())
    else:
        _move(tx, row, JobStatus.RUNNING, started_at=tx.now(), attempts=row["attempts"] + 1)
        tx.notify("jobs")
        return True
    tx.notify("jobs")
    return False


def _finish(runner: JobRunner, clock: Clock, to: JobStatus, **changes: Any) -> bool:
    """Record the end of a run; give False, and change nothing, when it is not the last one."""
    with runner.database.tx(runner.tenant_id, actor=runner.actor, clock=clock) as tx:
        row = _lock_row(tx, runner.run_id)
        mine = (row["queue_entry"], row["attempts"]) == (runner.entry, runner.attempt)
        if row["status"] != JobStatus.RUNNING or not mine:
            log("jobs").warning("a late end is left out", run_id=str(runner.run_id), end=to.value)
            return False
        _move(tx, row, to, finished_at=None if to == JobStatus.QUEUED else tx.now(), **changes)
        tx.notify("jobs")
    return True


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
    from everlearn.core.job_table import JobRun

    table = JobRun.__table__
    tx.execute(
        table.update()  # type: ignore[attr-defined]  # a Table, typed as FromClause
        .where(table.c.tenant_id == tx.tenant_id, table.c.id == row["id"])
        .values(
            status=to.value,
            # None in a JSON column would be written as JSON's null.
            **{name: null() if value is None else value for name, value in changes.items()},
        )
    )
