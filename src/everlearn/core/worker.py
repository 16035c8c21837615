"""Takes jobs from the queue and runs them as everlearn_app for their tenant."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

import procrastinate
from procrastinate import PsycopgConnector, RetryStrategy

from everlearn.core import jobs
from everlearn.core.clock import Clock, SystemClock
from everlearn.core.log import log

if TYPE_CHECKING:
    from everlearn.core.pg import Server
    from everlearn.core.tx import Database


class _Again(Exception):
    """The job met a passing fault."""


def queue_app(server: Server, database: Database, *, clock: Clock | None = None) -> procrastinate.App:
    """Give the procrastinate application: one task, which runs any declared job."""
    connector = PsycopgConnector(
        conninfo=server.conninfo("queue"),
        kwargs={"options": "-c search_path=jobs", "autocommit": True},
        min_size=1,
        max_size=4,
    )
    app = procrastinate.App(connector=connector)
    at = clock or SystemClock()

    @app.task(
        name="everlearn.run",
        retry=RetryStrategy(max_attempts=jobs.MAX_ATTEMPTS, exponential_wait=2, retry_exceptions=[_Again]),
    )
    def run(tenant_id: str, run_id: str) -> None:
        if jobs.run(database, tenant_id=UUID(tenant_id), run_id=UUID(run_id), clock=at):
            raise _Again

    return app


async def rescue_stalled(app: procrastinate.App, *, queue: str | None = None, seconds: float = jobs.STALLED_S) -> int:
    """Put jobs of workers that died back into the queue; give how many."""
    stalled = await app.job_manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=seconds)
    count = 0
    for stale in stalled:
        await app.job_manager.retry_job(stale)
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
    """Run jobs until told to stop, or until the queues are empty when `forever` is False."""
    app = queue_app(server, database, clock=clock)

    async def main() -> None:
        async with app.open_async():
            rescuer = asyncio.create_task(_rescue_forever(app, stalled_s))
            try:
                await rescue_stalled(app, seconds=stalled_s)
                await app.run_worker_async(
                    queues=queues,
                    concurrency=concurrency,
                    wait=forever,
                    listen_notify=forever,
                    delete_jobs="successful",
                    **options,
                )
            finally:
                rescuer.cancel()

    asyncio.run(main())


async def _rescue_forever(app: procrastinate.App, seconds: float) -> None:
    while True:
        await asyncio.sleep(max(seconds, 1.0))
        await rescue_stalled(app, seconds=seconds)
