"""Metrics as JSON and Arrow."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel

from everlearn.core.ingest.rest import add_route
from everlearn.core.reading import Rows
from everlearn.core.rest import PrincipalDep, ReadTxDep, decode_cursor, encode_cursor
from everlearn.core.rest_rows import ArrowStream, Columns, stream
from everlearn.core.rest_rows import reading as read_by
from everlearn.modules.operations.service.metrics import exporting, reading
from everlearn.modules.operations.service.metrics.recording import SHAPE, record_metrics
from everlearn.modules.operations.types import AggregationLevel, MetricCategory, SeriesView

router = APIRouter(tags=["operations"])

ARROW = "application/vnd.apache.arrow.stream"

add_route(
    router,
    SHAPE,
    lambda tx, batch, all_: record_metrics(tx, batch, all_or_nothing=all_),
    about=(
        "A sample is known by its series (name, category, unit, tags and component) and its time:"
        " sent again it is a duplicate, with another value it is refused."
    ),
)


class Series(BaseModel):
    """Some series by name, and the cursor of the next page."""

    items: list[SeriesView]
    next_cursor: str | None


class Point(BaseModel):
    """A sample, or what a step's samples come to; quantiles are called p50, p95 and so on.

    Attributes:
        value: the sample's, or the mean.
    """

    timestamp: datetime
    value: float
    count: int | None = None
    min: float | None = None
    max: float | None = None
    last: float | None = None


class SeriesPoints(BaseModel):
    """Points of a series in rising order of time.

    Attributes:
        level: what they were read from.
        step_s: seconds that a point stands for; 0: each is a sample.
    """

    series: SeriesView
    level: AggregationLevel
    step_s: int
    points: list[Point]


@router.get("/v1/metrics", summary="List series of metrics")
def list_series(
    tx: ReadTxDep,
    limit: int = 50,
    cursor: str | None = None,
    metric_name: str | None = None,
    metric_category: MetricCategory | None = None,
) -> Series:
    """Give series by name, each with its last value."""
    page = reading.list_series(
        tx,
        limit=limit,
        cursor=decode_cursor(cursor),
        metric_name=metric_name,
        metric_category=metric_category,
    )
    after = page.next_cursor
    return Series(items=page.items, next_cursor=encode_cursor(after) if after else None)


@router.get(
    "/v1/metrics:export",
    summary="Read all series of a metric as an Arrow stream",
    response_class=ArrowStream,
)
def export(
    *,
    request: Request,
    who: PrincipalDep,
    metric_name: str,
    since: Annotated[AwareDatetime | None, Query(description="From then on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before then.")] = None,
    tags: Annotated[str | None, Query(description="Only series with them: a JSON object.")] = None,
    resolution: AggregationLevel = AggregationLevel.RAW,
    columns: Columns = None,
) -> Response:
    """Give all samples of the time in order, or what each minute, hour or day of it comes to."""
    opened = read_by(request, who)
    with opened() as tx:
        plan = exporting.metric_rows(
            tx,
            metric_name,
            since=since,
            until=until,
            tags=exporting.read_tags(tags, "tags"),
            resolution=resolution,
            columns=columns,
        )
    return stream(Rows(plan, opened))


@router.get(
    "/v1/metrics/{series}/points",
    summary="Read the points of a metric",
    response_model=SeriesPoints,
    responses={200: {"content": {ARROW: {}}}},
)
def read_points(  # noqa: PLR0917 - FastAPI calls it by name
    request: Request,
    tx: ReadTxDep,
    series: str,
    since: AwareDatetime,
    until: AwareDatetime,
    step: Annotated[
        str | None,
        Query(description="raw, or whole minutes such as 300, 5m, 6h or 1d; chosen when left out."),
    ] = None,
    quantile: Annotated[
        list[float], Query(description="Quantiles of each step, 0 to 1.", max_length=20)
    ] = [0.5, 0.95, 0.99],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Give the points of a series, named by its id or, when it is the only one, by its name.

    They are read from the samples or from minutes, hours or days, as suits the step. Quantiles are
    at most 1 % off. With `Accept: application/vnd.apache.arrow.stream` they come as Arrow.
    """
    found = reading.read_points(
        tx, series, since=since, until=until, step=step, shares=tuple(quantile)
    )
    if ARROW in request.headers.get("accept", ""):
        return Response(reading.to_arrow_stream(found), media_type=ARROW)
    return Response(_json(found), media_type="application/json")


def _json(found: reading.Points) -> bytes:
    columns: dict[str, list[Any]] = {
        name: values.tolist() for name, values in found.columns.items() if name != "timestamp"
    }
    times = np.datetime_as_string(
        found.columns["timestamp"].astype("datetime64[us]"), timezone="UTC"
    )
    names = ("timestamp", *columns)
    rows = zip(times.tolist(), *columns.values(), strict=True)
    points = [dict(zip(names, row, strict=True)) for row in rows]
    head = {"series": found.series, "level": found.level, "step_s": found.step_s}
    return msgspec.json.encode(head | {"points": points})
