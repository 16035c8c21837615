"""`everlearn operations metrics`: load samples, list series, show points, write files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from everlearn.core import cli
from everlearn.core.cli import Json, TenantOption
from everlearn.modules.operations.types import AggregationLevel, MetricCategory

app = cli.group("Metrics of the running system: load, list, show, export.")

SERIES = ("id", "metric_name", "unit", "tags", "source_component", "last_at", "last_value")
Time = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"], help="Such as 2026-03-01, in UTC."),
]


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="NDJSON, JSON, CSV, Parquet, Arrow.")
    ],
    all_or_nothing: Annotated[
        bool, typer.Option("--all", help="Load every sample, or none when one is refused.")
    ] = False,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Load a file of samples; ends with 2 if some are refused. What is there is passed over."""
    from everlearn.modules.operations.service.metrics.recording import load_file

    cli.load(load_file, file, all_=all_or_nothing, tenant=tenant, as_json=as_json)


@app.command("list")
def list_series(
    name: Annotated[str | None, typer.Option(help="Only series of this name.")] = None,
    category: Annotated[MetricCategory | None, typer.Option(help="Only of this category.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Rows at most.")] = 50,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """List series by name, each with its last value."""
    from dataclasses import asdict

    from everlearn.modules.operations.service.metrics import reading

    with cli.tenant_tx(tenant) as tx:
        page = reading.list_series(tx, limit=limit, metric_name=name, metric_category=category)
    cli.show([asdict(each) for each in page.items], as_json=as_json, columns=SERIES)


@app.command()
def show(  # noqa: PLR0917 - typer calls it by name
    series: Annotated[str, typer.Argument(help="Name of the metric, or id of the series.")],
    since: Time = None,
    until: Time = None,
    step: Annotated[
        str | None, typer.Option(help="raw, or whole minutes such as 5m, 6h, 1d; else chosen.")
    ] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Show the points of a series, of the last day when no time is given."""
    from datetime import UTC, timedelta

    import numpy as np

    from everlearn.modules.operations.service.metrics import reading

    with cli.reading_tx(tenant) as tx:
        end = (until if until is None or until.tzinfo else until.replace(tzinfo=UTC)) or tx.now()
        start = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
        found = reading.read_points(
            tx, series, since=start or end - timedelta(days=1), until=end, step=step
        )
    times = found.columns["timestamp"].astype("datetime64[us]")
    columns = {name: each.tolist() for name, each in found.columns.items()}
    columns["timestamp"] = np.datetime_as_string(times, timezone="UTC").tolist()
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    cli.show(rows, as_json=as_json)


@app.command()
def export(
    *,
    name: Annotated[str, typer.Argument(help="Name of the metric.")],
    target: Annotated[Path, typer.Argument(help="File to write: .parquet, .arrow or .csv.")],
    since: Annotated[str | None, typer.Option(help="From this time on, with zone.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time, with zone.")] = None,
    tags: Annotated[
        str | None, typer.Option(help="Only series with these tags: a JSON object.")
    ] = None,
    resolution: Annotated[
        AggregationLevel, typer.Option(help="Samples, or what each minute, hour or day comes to.")
    ] = AggregationLevel.RAW,
    column: Annotated[
        list[str] | None, typer.Option(help="Only this column; may be repeated.")
    ] = None,
    tenant: TenantOption = None,
    as_json: Json = False,
) -> None:
    """Write all series of a metric to a file, in order of time."""
    from everlearn.modules.operations.service.metrics import exporting

    with cli.tenant_rows(tenant) as opened:
        with opened() as tx:
            plan = exporting.metric_rows(
                tx,
                name,
                since=cli.moment(since, "--since"),
                until=cli.moment(until, "--until"),
                tags=exporting.read_tags(tags, "--tags"),
                resolution=resolution,
                columns=column or None,
            )
        cli.show(cli.export(plan, opened, target, quiet=as_json), as_json=as_json)
