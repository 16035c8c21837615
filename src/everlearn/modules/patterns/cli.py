"""Patterns on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption

app = cli.group("Recognised patterns and how often they are seen.")

COLUMNS = ("pattern_type", "pattern_name", "severity_level", "status", "occurrence_count", "id")


@app.command("top")
def top(
    days: Annotated[int, typer.Option(min=1, max=3_660, help="Days back from today.")] = 30,
    pattern_type: Annotated[str | None, typer.Option("--type", help="Only this type.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Patterns at most.")] = 20,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List the patterns that were seen most often."""
    from dataclasses import asdict
    from datetime import UTC, timedelta

    from everlearn.core.errors import Invalid
    from everlearn.modules.patterns import service
    from everlearn.modules.patterns.types import PatternType

    allowed = [each.value for each in PatternType]
    if pattern_type is not None and pattern_type not in allowed:
        raise Invalid("there is no such type", field="type", got=pattern_type, allowed=allowed)
    only = PatternType(pattern_type) if pattern_type else None
    with cli.reading_tx(tenant) as tx:
        until = tx.now().astimezone(UTC).date() + timedelta(days=1)
        since = until - timedelta(days=days)
        found = service.top_patterns(tx, since=since, until=until, pattern_type=only, limit=limit)
    cli.show([asdict(row) for row in found], as_json=as_json, columns=COLUMNS)


@app.command("refresh")
def refresh(tenant: TenantOption = None, as_json: Json = False) -> None:
    """Count the occurrences of changed days now; the worker does it every minute."""
    from everlearn.modules.patterns import service

    with cli.tenant_tx(tenant) as tx:
        days = service.refresh_daily_counts(tx)
    cli.show([{"day": day.isoformat()} for day in days], as_json=as_json, columns=("day",))
