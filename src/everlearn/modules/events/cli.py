"""The stream of events on the command line."""

from __future__ import annotations

from pathlib import Path
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


@app.command("usage")
def usage(
    days: Annotated[int, typer.Option(min=1, max=3_660, help="Days back from today.")] = 30,
    hourly: Annotated[bool, typer.Option("--hourly", help="By hour and type; 93 days.")] = False,
    event_type: Annotated[str | None, typer.Option("--type", help="Only this type.")] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Count events by day with mean and p95 of their time, or by hour, from the rollups."""
    from dataclasses import asdict
    from datetime import UTC, datetime, time, timedelta

    from everlearn.core.errors import Invalid
    from everlearn.modules.events import service
    from everlearn.modules.events.types import DayOfEvents, EventType, HourOfEvents

    allowed = [each.value for each in EventType]
    if event_type is not None and event_type not in allowed:
        msg = f"there is no type of event {event_type!r}"
        raise Invalid(msg, field="--type", hint=f"there are {', '.join(allowed)}")
    only = EventType(event_type) if event_type else None
    found: list[DayOfEvents] | list[HourOfEvents]
    with cli.reading_tx(tenant) as tx:
        until = tx.now().astimezone(UTC).date() + timedelta(days=1)
        since = until - timedelta(days=days)
        if hourly:
            start, end = (datetime.combine(day, time(), UTC) for day in (since, until))
            found = service.hours_of_events(tx, since=start, until=end, event_type=only)
        else:
            found = service.days_of_events(tx, since=since, until=until, event_type=only)
    kind = HourOfEvents if hourly else DayOfEvents
    cli.show([asdict(row) for row in found], as_json=as_json, columns=kind.__slots__)


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="File to read.")],
    all_: Annotated[
        bool, typer.Option("--all", help="In one transaction, or nothing when one is refused.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Load events from .ndjson, .json, .csv, .parquet or .arrow; ends with 2 if some are refused.

    A file whose events have ids may be loaded again: what is there already is left alone.
    """
    from everlearn.modules.events import service

    cli.load(service.load_file, file, all_=all_, tenant=tenant, as_json=as_json)


@app.command("export")
def export(
    *,
    target: Annotated[Path, typer.Argument(help="File to write: .parquet, .arrow or .csv.")],
    since: Annotated[str | None, typer.Option(help="From this time on, with zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time, with zone.")] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Only this type; may be repeated.")
    ] = None,
    entity: Annotated[str | None, typer.Option(help="Only of the thing of this id.")] = None,
    entity_type: Annotated[str | None, typer.Option(help="Only of such things.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Only this column; may be repeated.")
    ] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Write events to a file, in order of time."""
    from everlearn.modules.events import service

    with cli.tenant_rows(tenant) as opened:
        with opened() as tx:
            plan = service.event_rows(
                tx,
                since=cli.moment(since, "--since"),
                until=cli.moment(until, "--until"),
                types=types or None,
                entity=entity,
                entity_type=entity_type,
                columns=column or None,
            )
        cli.show(cli.export(plan, opened, target, quiet=as_json), as_json=as_json)
