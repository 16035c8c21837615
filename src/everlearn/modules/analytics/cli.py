"""Command line of analytics."""

from __future__ import annotations

from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("What was used over time.")


@app.command("usage")
def usage(
    by: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    days: Annotated[int, typer.Option(min=1, max=15_000, help="Days back from today.")] = 30,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show how many predictions were made in each period that began in the last days."""
    from dataclasses import asdict
    from datetime import UTC, datetime, time, timedelta

    from everlearn.core.errors import Invalid
    from everlearn.modules.analytics import service
    from everlearn.modules.analytics.types import PeriodType, Usage

    allowed = [each.value for each in PeriodType]
    if by not in allowed:
        raise Invalid("there is no such period", field="by", got=by, allowed=allowed)
    with cli.tenant_tx(tenant) as tx:
        today = tx.now().astimezone(UTC).date()
        until = datetime.combine(today + timedelta(days=1), time(), UTC)
        found = service.usage(
            tx, by=PeriodType(by), since=until - timedelta(days=days), until=until
        )
    cli.show([asdict(row) for row in found], as_json=as_json, columns=Usage.__slots__)


@app.command("refresh")
def refresh(tenant: TenantOption = None) -> None:
    """Make the usage of changed days anew now; the worker does it every twenty seconds."""
    from everlearn.modules.analytics import service

    with cli.tenant_tx(tenant) as tx:
        typer.echo(f"{service.refresh_usage(tx)} days")
