"""The pages of metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from everlearn.core import formats, web
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Band, Series
from everlearn.core.rest import PrincipalDep, TxDep, decode_cursor, encode_cursor
from everlearn.modules.operations.service.metrics import reading
from everlearn.modules.operations.types import AggregationLevel, MetricCategory

router = APIRouter()

#: Spans of time that a series is shown for.
SPANS = {
    "1h": ("Hour", timedelta(hours=1)),
    "1d": ("Day", timedelta(days=1)),
    "7d": ("Week", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "1y": ("Year", timedelta(days=365)),
}
_FORMATS = {"ms": "ms", "count": "count"}


@router.get("/operations/metrics")
def list_series(  # noqa: PLR0917 - FastAPI calls it by name
    request: Request,
    who: PrincipalDep,
    tx: TxDep,
    metric_name: str = "",
    metric_category: str = "",
    cursor: str | None = None,
) -> Response:
    """Show the series, each with its last day."""
    known = {each.value for each in MetricCategory}
    category = MetricCategory(metric_category) if metric_category in known else None
    page = reading.list_series(
        tx,
        cursor=decode_cursor(cursor),
        metric_name=metric_name or None,
        metric_category=category,
    )
    days = reading.read_last_day(tx, [each.id for each in page.items])
    following = None
    if page.next_cursor:
        wanted = {"metric_name": metric_name, "metric_category": metric_category}
        chosen = {key: value for key, value in wanted.items() if value}
        following = urlencode(chosen | {"cursor": encode_cursor(page.next_cursor)})
    return web.page(
        request,
        "operations/metrics.html",
        title="Metrics",
        active="operations",
        live=cursor is None,
        now=tx.now(),
        tenant=who.tenant_slug,
        metric_name=metric_name,
        metric_category=metric_category,
        categories=[("", "any"), *(each.value for each in MetricCategory)],
        filtered=bool(metric_name or metric_category or cursor),
        series=[
            {"row": each, "shown": _shown(each.last_value, each.unit), "day": days[each.id]}
            for each in page.items
        ],
        next_href=f"/operations/metrics?{following}" if following else None,
    )


@router.get("/operations/metrics/{series_id}")
def one_series(
    request: Request, who: PrincipalDep, tx: TxDep, series_id: UUID, span: str = "1d"
) -> Response:
    """Show one series over a span of time."""
    chosen = span if span in SPANS else "1d"
    # Rounded, so that the chart of a quiet metric does not change from one look to the next.
    until = tx.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    since = until - SPANS[chosen][1]
    points = reading.read_points(tx, series_id, since=since, until=until)
    return web.page(
        request,
        "operations/metric.html",
        title=points.series.metric_name,
        active="operations",
        live=True,
        now=tx.now(),
        tenant=who.tenant_slug,
        series=points.series,
        spans=[
            (title, f"/operations/metrics/{series_id}?span={key}", key == chosen)
            for key, (title, _) in SPANS.items()
        ],
        chart=_chart(points, since, until),
        total=_total(points),
        step_s=points.step_s,
        last=_shown(points.series.last_value, points.series.unit),
    )


def _chart(points: reading.Points, since: datetime, until: datetime) -> str:
    columns = points.columns
    times = [datetime.fromtimestamp(at / 1e6, UTC) for at in columns["timestamp"].tolist()]
    unit = points.series.unit
    lines = [Series("mean", list(zip(times, columns["value"].tolist(), strict=True)))]
    band = None
    if points.level is not AggregationLevel.RAW:
        p95 = list(zip(times, columns["p95"].tolist(), strict=True))
        lines.append(Series("p95", p95, style="second"))
        low, high = columns["min"].tolist(), columns["max"].tolist()
        band = Band("smallest to largest", list(zip(times, low, high, strict=True)))
    return line_chart(
        lines,
        title=f"{points.series.metric_name}{f', {unit}' if unit else ''}",
        band=band,
        y_format=_FORMATS.get(unit or "", "num"),
        start=since,
        end=until,
        empty="No sample of this time is counted. New ones are, within a minute.",
    )


def _total(points: reading.Points) -> dict[str, str | int | None]:
    """Give what the points of a chart come to together."""
    columns = points.columns
    unit = points.series.unit
    if not len(points):
        return {"count": 0, "mean": None, "low": None, "high": None}
    count = columns["count"]
    mean = float((columns["value"] * (count / count.sum())).sum())
    return {
        "count": int(count.sum()),
        "mean": _shown(mean, unit),
        "low": _shown(float(columns["min"].min()), unit),
        "high": _shown(float(columns["max"].max()), unit),
    }


def _shown(value: float | None, unit: str | None) -> str | None:
    """Write a value with its unit."""
    if value is None:
        return None
    write = formats.formatter(_FORMATS.get(unit or "", "num"))
    ends = {"percentage": " %", "mb": " MB"}
    return f"{write(value)}{ends.get(unit or '', '')}"
