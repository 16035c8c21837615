"""Jobs on the command line."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("Jobs, retention and the health of the database.")

COLUMNS = ("id", "name", "status", "progress_ratio", "note", "attempts", "queued_at", "finished_at")
RunId = Annotated[UUID, typer.Argument(help="Id of the job.")]


@app.command("jobs")
def list_jobs(
    status: Annotated[
        str | None, typer.Option(help="queued, running, completed, failed or cancelled.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Rows at most.")] = 50,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List jobs, newest first."""
    from dataclasses import asdict

    from everlearn.core.errors import Invalid
    from everlearn.core.jobs import JobStatus
    from everlearn.modules.operations import service

    allowed = [each.value for each in JobStatus]
    if status is not None and status not in allowed:
        raise Invalid(f"no status {status!r}", field="--status", hint=", ".join(allowed))
    chosen = None if status is None else [JobStatus(status)]
    with cli.tenant_tx(tenant) as tx:
        found = [asdict(job) for job in service.list_jobs(tx, statuses=chosen, limit=limit)]
    cli.show(found, as_json=as_json, columns=COLUMNS)


@app.command()
def cancel(run_id: RunId, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Cancel a job: at once when it waits, at its next sign of progress when it runs."""
    from everlearn.core import jobs
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        jobs.cancel(tx, run_id)
        job = service.get_job(tx, run_id)
    cli.show(
        {"id": job.id, "status": job.status, "cancel_requested": job.cancel_requested},
        as_json=as_json,
    )


@app.command()
def retry(run_id: RunId, tenant: TenantOption = None, as_json: Json = False) -> None:
    """Queue a failed or cancelled job again."""
    from everlearn.core import jobs
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        jobs.retry(tx, run_id)
        job = service.get_job(tx, run_id)
    cli.show({"id": job.id, "status": job.status}, as_json=as_json)


@app.command()
def retention(
    table: Annotated[str, typer.Argument(help="Table, such as events.learning_events.")],
    days: Annotated[int | None, typer.Option(min=1, help="Keep rows this many days.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show how long rows of a table are kept; with --days, set it."""
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        if days is not None:
            service.set_retention(tx, table, days=days)
        kept = service.retention_of(tx, table)
    cli.show({"table": table, "days": kept.days if kept else None}, as_json=as_json)
