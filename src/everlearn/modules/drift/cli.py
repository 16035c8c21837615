"""Commands of the drift module."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from everlearn.core import cli

app = cli.group("Drift of inputs, answers and losses, with alerts.")

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="Name of the model.")]
When = Annotated[datetime | None, typer.Option(help="A time in UTC.")]

ALERT_COLUMNS = ("id", "model", "detector", "feature", "level", "seen_count", "message")
SCAN_COLUMNS = ("feature", "psi", "ks_statistic", "wasserstein", "velocity", "alert_level")


@app.command()
def status(
    model: Annotated[
        str | None, typer.Argument(help="Name of the model; all when left out.")
    ] = None,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Show how often each detector cried, the silent one beside them."""
    from everlearn.modules.drift import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        wanted = [registry.get_model(tx, model)] if model else registry.list_models(tx)
        found = [service.status(tx, one.id) for one in wanted]
    rows = [
        {
            "model": one.model,
            "live": one.live_version,
            "reference": one.has_reference,
            "open_alerts": one.open_alerts,
            "detector": count.detector.value,
            "observations": count.observations,
            "alarms": count.alarms,
            "per_1000": count.per_1000,
            "watermark": count.watermark,
        }
        for one in found
        for count in one.detectors
    ]
    cli.show(rows, as_json=as_json)


@app.command()
def alerts(
    model: Annotated[str | None, typer.Option(help="Name of the model; all when left out.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """List drift alerts, the urgent ones first."""
    from dataclasses import asdict

    from everlearn.modules.drift import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        model_id = registry.get_model(tx, model).id if model else None
        found = service.list_alerts(tx, model_id=model_id, only_open=not everything)
    cli.show([asdict(one) for one in found], as_json=as_json, columns=ALERT_COLUMNS)


@app.command()
def scan(
    model: ModelName,
    since: When = None,
    until: When = None,
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Compare the last day, or a window, of live traffic with the reference."""
    from dataclasses import asdict
    from datetime import timedelta

    from everlearn.modules.drift import service
    from everlearn.modules.registry import service as registry

    with cli.tenant_tx(tenant) as tx:
        end = until.replace(tzinfo=UTC) if until else tx.now()
        start = since.replace(tzinfo=UTC) if since else end - timedelta(days=1)
        found = service.scan(tx, registry.get_model(tx, model).id, since=start, until=end)
    cli.show([asdict(one) for one in found], as_json=as_json, columns=SCAN_COLUMNS)


@app.command()
def acknowledge(
    alert: Annotated[UUID, typer.Argument(help="Id of the alert.")],
    tenant: cli.TenantOption = None,
    as_json: cli.Json = False,
) -> None:
    """Note that you have seen an alert; it stays open."""
    from dataclasses import asdict

    from everlearn.modules.drift import service

    with cli.tenant_tx(tenant) as tx:
        found = service.acknowledge(tx, alert)
    cli.show(asdict(found), as_json=as_json)
