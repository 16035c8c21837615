"""Jobs, retention and metrics on the command line."""

from __future__ import annotations

import sys
from typing import Annotated
from uuid import UUID

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption
from everlearn.modules.operations.cli import metrics
from everlearn.modules.operations.types import AlertStatus, ArchiveStrategy, Severity

app = cli.group("Jobs, retention and the health of the database.")
app.add_typer(metrics.app, name="metrics")

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
def retention(  # noqa: PLR0917 - typer calls it by name
    table: Annotated[str, typer.Argument(help="Table, such as events.learning_events.")],
    days: Annotated[int | None, typer.Option(min=1, help="Keep rows this many days.")] = None,
    strategy: Annotated[
        ArchiveStrategy | None, typer.Option(help="What happens then; else what the table says.")
    ] = None,
    hold: Annotated[bool, typer.Option("--hold", help="Keep all for now, however old.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show how long rows of a table are kept; with --days, set it all anew."""
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        if days is not None:
            service.set_retention(tx, table, days=days, strategy=strategy, legal_hold=hold)
        kept = service.retention_of(tx, table)
    cli.show({"table": table, "days": kept.days if kept else None}, as_json=as_json)


@app.command()
def alerts(
    status: Annotated[
        AlertStatus | None, typer.Option(help="pending, open or closed; open when left out.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Of every status.")] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List alerts, urgent ones first."""
    from dataclasses import asdict

    from everlearn.modules.operations import service

    columns = (
        "id", "severity", "rule_name", "subject", "value", "threshold", "opened_at",
        "acknowledged_by",
    )  # fmt: skip
    chosen = None if every else (status or AlertStatus.OPEN).value
    with cli.tenant_tx(tenant) as tx:
        found = [asdict(each) for each in service.list_alerts(tx, status=chosen)]
    cli.show(found, as_json=as_json, columns=columns)


@app.command()
def ack(
    alert_id: Annotated[UUID, typer.Argument(help="Id of the alert.")],
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Say that one looks into an open alert."""
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        found = service.acknowledge(tx, alert_id)
    cli.show(
        {"id": found.id, "rule_name": found.rule_name, "acknowledged_by": found.acknowledged_by},
        as_json=as_json,
    )


@app.command()
def rules(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List the alert rules."""
    from everlearn.modules.operations import service

    columns = ("name", "metric", "comparison", "threshold", "for_s", "severity", "enabled")
    with cli.tenant_tx(tenant) as tx:
        found = service.list_rules(tx)
    cli.show(found, as_json=as_json, columns=columns)


@app.command()
def rule(  # noqa: PLR0917 - typer calls it by name
    name: Annotated[str, typer.Argument(help="Name of the rule, such as partition_too_large.")],
    threshold: Annotated[float | None, typer.Option(help="What the number is compared to.")] = None,
    for_s: Annotated[float | None, typer.Option(min=0, help="Seconds it must hold.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="How urgent it is.")] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Look at it or not.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Change an alert rule; what is left out stays."""
    from everlearn.modules.operations import service

    with cli.tenant_tx(tenant) as tx:
        found = service.set_rule(
            tx, name, threshold=threshold, for_s=for_s, severity=severity, enabled=enabled
        )
    cli.show(found, as_json=as_json)


@app.command()
def health(
    look: Annotated[
        bool, typer.Option("--look", help="Read every number now, as the worker does every minute.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show the numbers that are watched, as they were read last."""
    from dataclasses import asdict

    from everlearn.modules.operations import service

    if look:
        with cli.runtime() as made, cli.service(made) as database:
            hidden = as_json or not sys.stderr.isatty()
            with typer.progressbar(
                length=service.count_tenants(database),
                label="tenants",
                hidden=hidden,
                file=sys.stderr,
            ) as bar:
                service.watch(database, made.settings.tenant, progress=lambda: bar.update(1))
    with cli.tenant_tx(tenant) as tx:
        found = [asdict(each) for each in service.current(tx)]
    columns = ("scope", "metric", "subject", "value", "highest", "measured_at")
    cli.show(found, as_json=as_json, columns=columns)


def add_to_db(group: typer.Typer) -> None:
    """Add the commands that are about the whole database to `everlearn db`."""
    group.command("retention")(remove)
    group.command("archive")(list_archive)


def remove(
    table: Annotated[
        list[str] | None, typer.Option(help="Only this table, such as events.learning_events.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Remove the rows whose time is over, archiving first what shall be archived."""
    from dataclasses import asdict

    from everlearn.core.chores import House, roll_up_first
    from everlearn.core.errors import NotFound
    from everlearn.modules.operations.service import retention as engine
    from everlearn.modules.operations.service.rows import aging_tables

    with cli.runtime() as made, cli.service(made) as database:
        known = [each.name for each in aging_tables(database)]
        if unknown := set(table or ()) - set(known):
            raise NotFound(f"no rows leave {min(unknown)}", field="--table", allowed=known)
        if not dry_run:
            roll_up_first(House(made.server, made.settings, database.clock))
        with typer.progressbar(length=len(table or known), label="tables", hidden=as_json) as bar:
            swept = engine.sweep(
                database,
                made.settings,
                only=table or (),
                dry_run=dry_run,
                progress=lambda _: bar.update(1),
            )
    cli.show([asdict(each) for each in swept], as_json=as_json)
    if any(each.problems for each in swept):
        raise typer.Exit(1)


def list_archive(tenant: TenantOption = None, as_json: Json = False) -> None:
    """List a tenant's files in the archive."""
    columns = (
        "table_name", "period_start", "row_count", "size_bytes", "url",
        "written_at", "verified_at", "dropped_at",
    )  # fmt: skip
    query = (
        "SELECT table_name, period_start, row_count, size_bytes, sha256, url, written_at,"
        " verified_at, dropped_at FROM operations.archive_manifests"
        " WHERE tenant_id = app.tenant_id() ORDER BY table_name, period_start, part"
    )
    with cli.tenant_tx(tenant) as tx:
        found = [dict(row) for row in tx.execute(query).mappings()]
    cli.show(found, as_json=as_json, columns=columns)
