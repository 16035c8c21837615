"""Commands of training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from everlearn.core import cli

if TYPE_CHECKING:
    from everlearn.modules.training.types import TrainingJob

app = cli.group("Training jobs: start, watch, list.")

JobId = Annotated[UUID, typer.Argument(metavar="JOB", help="Id of the training job.")]


@app.command()
def start(
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Queue a fit of a new version; a worker takes it (`everlearn worker`)."""
    from everlearn.modules.registry import service as registry
    from everlearn.modules.training import service
    from everlearn.modules.training.types import TriggerReason

    with cli.tenant_tx(tenant) as tx:
        found = registry.get_model(tx, model)
        row = _line(service.start(tx, found.id, reason=TriggerReason.MANUAL))
    cli.show(row, as_json=as_json)


@app.command("list")
def list_(
    model: Annotated[str | None, typer.Argument(help="Only jobs of this model.")] = None,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """List training jobs, newest first."""
    from everlearn.modules.registry import service as registry
    from everlearn.modules.training import service

    with cli.tenant_tx(tenant) as tx:
        chosen = registry.get_model(tx, model).id if model else None
        rows = [_line(one) for one in service.list_jobs(tx, model_id=chosen)]
    cli.show(rows, as_json=as_json)


@app.command()
def cancel(job: JobId, tenant: cli.TenantOption = None, as_json: cli.Json = False) -> None:
    """Cancel a training job: at once when it waits, soon when it runs."""
    from everlearn.modules.training import service

    with cli.tenant_tx(tenant) as tx:
        row = _line(service.cancel(tx, job))
    cli.show(row, as_json=as_json)


@app.command()
def export(
    *,
    model: Annotated[str, typer.Argument(help="Name of the model.")],
    target: Annotated[Path, typer.Argument(help="File to write: .parquet, .arrow or .csv.")],
    until: Annotated[
        str | None, typer.Option(help="Labels known by then; now if left out.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="as_of from this time on, with zone.")] = None,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Write what a model learns from to a file: vectors with what came true."""
    from everlearn.modules.training import service

    with cli.tenant_rows(tenant) as opened:
        with opened() as tx:
            plan = service.set_rows(
                tx,
                model,
                until=cli.moment(until, "--until"),
                since=cli.moment(since, "--since"),
            )
        cli.show(cli.export(plan, opened, target, quiet=as_json), as_json=as_json)


def _line(job: TrainingJob) -> dict[str, Any]:
    return {
        "model": job.model,
        "status": job.status.value,
        "progress": job.progress,
        "note": job.error or job.note,
        "reason": job.reason.value,
        "version": job.version,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "id": str(job.id),
    }
