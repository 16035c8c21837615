"""Takes jobs from the queue and runs them as everlearn_app for their tenant."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import procrastinate
from procrastinate import BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from everlearn.core import chores, jobs
from everlearn.core.clock import Clock, SystemClock
from everlearn.core.errors import NotFound
from everlearn.core.log import log
from everlearn.core.settings import Settings
from everlearn.core.settings import settings as process_settings

if TYPE_CHECKING:
    from procrastinate.jobs import Job

    from everlearn.core.pg import Server
    from everlearn.core.tx import Database

LONGEST_WAIT_S = 300
#: How long a worker that ends with the queue waits for the next try of a job; later ones are left.
PATIENCE_S = 60.0
#: How often it looks whether a lock is free by now.
POLL_S = 0.1


class _Again(Exception):
    """The job met a passing fault."""


class _Backoff(BaseRetryStrategy):
    """Waits 2, 4, 8 ... seconds; how often a job may try is counted by `jobs.run`."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, _Again):
            return None
        seconds = min(2 ** min(job.attempts + 1, 10), LONGEST_WAIT_S)
        return RetryDecision(retry_in={"seconds": seconds})


def queue_app(
    server: Server,
    database: Database,
    *,
    clock: Clock | None = None,
    settings: Settings | None = None,
    periodic: bool = False,
) -> procrastinate.App:
    """Give the procrastinate application: a task that runs any declared job, and one a chore.

    Args:
        server: where the queue is.
        database: transactions as everlearn_app.
        clock: the machine's when left out.
        settings: of the chores; the process's when left out.
        periodic: queue the chores at their times.
    """
    parts = conninfo_to_dict(server.conninfo("queue"))
    # A server behind a DSN sets the role in the options already.
    parts["options"] = f"{parts.get('options') or ''} -c search_path=jobs".strip()
    connector = PsycopgConnector(conninfo=make_conninfo("", **parts), min_size=1, max_size=4)
    app = procrastinate.App(
        connector=connector, periodic_defaults={"max_delay": chores.MAX_DELAY_S}
    )
    at = clock or SystemClock()

    @app.task(name="everlearn.run", retry=_Backoff(), pass_context=True)
    def run(context: JobContext, tenant_id: str, run_id: str) -> None:
        ids = {"tenant_id": tenant_id, "run_id": run_id}
        try:
            again = jobs.run(
                database,
                tenant_id=UUID(tenant_id),
                run_id=UUID(run_id),
                clock=at,
                entry=context.job.id,
            )
        except NotFound:
            log("worker").warning("the job is gone, perhaps with its tenant", **ids)
            return
        except Exception as error:
            # Its end could not be recorded (the database was away); it must not stay open for ever.
            log("worker").exception("job could not be run or recorded", **ids)
            raise _Again from error
        if again:
            raise _Again

    chores.register(
        app, server=server, settings=settings or process_settings(), clock=at, periodic=periodic
    )
    return app


async def rescue_stalled(
    app: procrastinate.App, *, queue: str | None = None, seconds: float = jobs.STALLED_S
) -> int:
    """Put jobs of workers that died back into the queue; give how many."""
    manager = app.job_manager
    count = 0
    for stale in await manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=seconds):
        try:
            await manager.retry_job(stale)
        except ConnectorException:  # another worker put it back first
            continue
        log("worker").warning("job of a dead worker queued again", **stale.task_kwargs)
        count += 1
    return count


def work(
    server: Server,
    database: Database,
    *,
    queues: list[str] | None = None,
    concurrency: int = 1,
    forever: bool = True,
    clock: Clock | None = None,
    stalled_s: float = jobs.STALLED_S,
    **options: Any,
) -> None:
    """Run jobs until told to stop, or until the queues are empty when `forever` is False.

    Args:
        server: where the queue is.
        database: transactions as everlearn_app.
        queues: queues to take jobs from; all when left out.
        concurrency: jobs at the same time.
        forever: wait for new jobs. Otherwise the next try of a job that met a passing fault is
            waited for, but not a job that was queued for later.
        clock: the machine's when left out.
        stalled_s: seconds without a heartbeat after which a worker counts as dead.
        options: passed on to procrastinate's worker.
    """
    at_times = forever and (queues is None or chores.QUEUE in queues)
    app = queue_app(server, database, clock=clock, periodic=at_times)

    async def main() -> None:
        async with app.open_async():
            # Only of the queues it serves: a replay is alone on its own, so there 0 s is enough.
            served: list[str | None] = [*queues] if queues else [None]
            for queue in served:
                await rescue_stalled(app, queue=queue, seconds=stalled_s)
            rescuer = asyncio.create_task(_rescue_forever(app, max(stalled_s, jobs.STALLED_S)))
            try:
                while True:
                    await app.run_worker_async(
                        queues=queues,  # type: ignore[arg-type]  # None is all of them
                        concurrency=concurrency,
                        wait=forever,
                        listen_notify=forever,
                        delete_jobs="successful",
                        **options,
                    )
                    wait = None if forever else await _next_s(app, queues)
                    if wait is None or wait > PATIENCE_S:
                        break
                    await asyncio.sleep(max(wait, POLL_S))
            finally:
                rescuer.cancel()

    asyncio.run(main())


async def _next_s(app: procrastinate.App, queues: list[str] | None) -> float | None:
    """Give the seconds until a job is due that waits for a lock or for its next try, or None."""
    row = await app.connector.execute_query_one_async(
        "SELECT min(extract(epoch FROM scheduled_at - now()))::float8 AS later, count(*) AS n"
        " FROM procrastinate_jobs WHERE status = 'todo' AND (attempts > 0"
        " OR coalesce(scheduled_at <= now(), true))"
        " AND (%(queues)s::text[] IS NULL OR queue_name = ANY(%(queues)s))",
        queues=queues,
    )
    return max(row["later"] or 0.0, 0.0) if row["n"] else None


async def _rescue_forever(app: procrastinate.App, seconds: float) -> None:
    while True:
        await asyncio.sleep(max(seconds, 1.0))
        try:
            await rescue_stalled(app, seconds=seconds)
        except ConnectorException as error:
            log("worker").warning("no look for dead workers this time", error=str(error))
