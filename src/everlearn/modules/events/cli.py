"""The stream of events on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("The stream of what the learning system did.")

COLUMNS = ("timestamp", "event_type", "event_subtype", "entity_type", "entity_id", "event_data")


@app.command("list")
def list_events(  # noqa: PLR0917 - typer calls it by name
    event_type: Annotated[str | None, typer.Option("--type", help="Only this type.")] = None,
    entity_type: Annotated[str | None, typer.Option(help="Only of such things.")] = None,
    entity_id: Annotated[str | None, typer.Option(help="Only of this thing.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Rows at most.")] = 50,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List events, newest first."""
    from dataclasses import asdict

    from everlearn.modules.events import service

    with cli.tenant_tx(tenant) as tx:
        page = service.list_events(
            tx,
            limit=limit,
            event_type=event_type,
            entity_type=entity_type,
            entity_id=entity_id,
        )
    cli.show([asdict(event) for event in page.items], as_json=as_json, columns=COLUMNS)


@app.command("refresh")
def refresh(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Compute the daily metrics of changed days now; the worker does it every minute."""
    from everlearn.modules.events import service

    with cli.tenant_tx(tenant) as tx:
        days = service.refresh_daily_metrics(tx)
    cli.show([{"day": day.isoformat()} for day in days], as_json=as_json, columns=("day",))
