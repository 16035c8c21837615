"""The page of how the house does: alerts, lags, queries, partitions, each with its last week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import watching, web
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Mark, Rule, Series
from everlearn.core.formats import formatter
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.modules.operations import service
from everlearn.modules.operations.types import AlertView, Current, Scope

router = APIRouter()

_WEEK = timedelta(days=7)
_LAGS = ("ingest_lag_s", "rollup_lag_s")
#: Lines of one chart; more could not be told apart.
_MOST_LINES = 4
_FORMATS = {"_s": "duration", "_ms": "ms", "_bytes": "bytes", "_ratio": "num:2", "_count": "count"}


@router.get("/operations/health")
def health(request: Request, who: PrincipalDep, tx: TxDep) -> Response:
    """Show what is watched: of the tenant, and of the whole house where this tenant runs it."""
    now = tx.now()
    found = service.current(tx)
    house = [each for each in found if each.scope == Scope.HOUSE]
    scope = Scope.HOUSE if house else Scope.TENANT
    shown = house or found
    hours = service.hours(
        tx, scope=scope, metrics=[*_LAGS, "query_p95_ms", "partition_bytes"], since=now - _WEEK
    )
    alerts = service.list_alerts(tx)
    closed = service.list_alerts(tx, status="closed", limit=20)
    return web.page(
        request,
        "operations/health.html",
        title="Health",
        active="operations",
        live=True,
        now=now,
        may_write=who.role != "reader",
        is_house=scope == Scope.HOUSE,
        measured_at=max((each.measured_at for each in found), default=None),
        tiles=_tiles(shown, scope),
        alerts=[_alert(each) for each in alerts],
        closed=[_alert(each) for each in closed],
        chart=_lags(hours, [*alerts, *closed], now),
        queries=[
            {
                "query": each,
                "week": [
                    value for _, value in hours.get("query_p95_ms", {}).get(each.query_name, [])
                ],
            }
            for each in service.query_health(tx)
        ],
        tables=_tables(shown, hours.get("partition_bytes", {})),
        readings=[_reading(each) for each in found if each.metric not in _OWN_TABLE],
    )


@router.post("/operations/alerts/{alert_id}/acknowledge")
def acknowledge(tx: TxDep, alert_id: UUID) -> Response:
    """Acknowledge an alert and show the page again."""
    service.acknowledge(tx, alert_id)
    return RedirectResponse("/operations/health#alerts", status_code=303)


#: Shown in tables of their own.
_OWN_TABLE = {
    "partition_bytes", "table_bytes", "partitions_ahead_count", "archive_lag_s", "query_p95_ms",
    "query_p95_ratio",
}  # fmt: skip


def _written(metric: str, value: float) -> str:
    ending = next((each for each in _FORMATS if metric.endswith(each)), "_ratio")
    if ending == "_s" and value < 1:
        return "0 s" if value == 0 else "under 1 s"
    return formatter(_FORMATS[ending])(value)


def _rows_of(scope: str, metric: str, subject: str | None = None) -> str:
    """Give the address of the rows that a number was read from."""
    chosen = {"scope": scope, "metric": metric} | ({"subject": subject} if subject else {})
    return f"/tables/health_readings?{urlencode(chosen)}"


def _tiles(readings: list[Current], scope: Scope) -> list[dict[str, Any]]:
    """Give the numbers at the top, each the worst over its subjects."""
    made = []
    for metric, label, limit in (
        ("ingest_lag_s", "Ingest lag", 300),
        ("rollup_lag_s", "Rollup lag", 300),
        ("archive_lag_s", "Past their time", 2 * 86_400),
        ("job_wait_s", "Job wait", 300),
        ("partition_bytes", "Largest partition", 10 * 2**30),
    ):
        of_metric = [each for each in readings if each.metric == metric]
        if of_metric:
            worst = max(of_metric, key=lambda each: each.value)
            made.append(
                {
                    "label": label,
                    "value": _written(metric, worst.value),
                    "hint": worst.subject.rpartition(".")[2] if worst.value else None,
                    "href": _rows_of(scope.value, metric, worst.subject),
                    "tone": "alarm" if worst.value > limit else None,
                }
            )
    return made


def _alert(alert: AlertView) -> dict[str, Any]:
    return {
        "alert": alert,
        "value": _written(alert.metric, alert.value),
        "threshold": _written(alert.metric, alert.threshold),
    }


def _reading(each: Current) -> dict[str, Any]:
    known = watching.metrics().get(each.metric)
    return {
        "reading": each,
        "value": _written(each.metric, each.value),
        "highest": _written(each.metric, each.highest),
        "text": known.text if known else None,
    }


def _lags(
    hours: dict[str, dict[str, list[tuple[datetime, float]]]],
    alerts: list[AlertView],
    now: datetime,
) -> Any:
    lines = [
        (subject or "ingest", points)
        for metric in _LAGS
        for subject, points in hours.get(metric, {}).items()
    ]
    lines.sort(key=lambda line: -max(value for _, value in line[1]))
    series = [
        Series(name, points, style="main" if i == 0 else "second" if i == 1 else "muted")
        for i, (name, points) in enumerate(lines[:_MOST_LINES])
    ]
    marks = [
        Mark(
            each.opened_at,
            "alert",
            f"{each.rule_name} {each.subject}".strip(),
            href=f"/tables/alerts/{each.id}",
            level="critical" if each.severity == "critical" else "warning",
        )
        for each in alerts
        if each.opened_at is not None and each.opened_at > now - _WEEK
    ]
    return line_chart(
        series,
        title="Highest lag of each hour",
        marks=marks,
        rules=[Rule(300, "5 min")],
        y_format="duration",
        y_zero=True,
        start=now - _WEEK,
        end=now,
        empty="No lag was read in the last week.",
    )


def _tables(
    readings: list[Current], weeks: dict[str, list[tuple[datetime, float]]]
) -> list[dict[str, Any]]:
    """Give a row a table that has partitions."""
    of_table: dict[str, dict[str, float]] = {}
    for each in readings:
        if each.metric in {
            "partition_bytes", "table_bytes", "partitions_ahead_count", "archive_lag_s"
        }:  # fmt: skip
            of_table.setdefault(each.subject, {})[each.metric] = each.value
    return [
        {
            "table": table,
            "largest": values.get("partition_bytes"),
            "total": values.get("table_bytes"),
            "ahead": values.get("partitions_ahead_count"),
            "late": _written("archive_lag_s", values.get("archive_lag_s", 0.0)),
            "week": [value for _, value in weeks.get(table, [])],
        }
        for table, values in sorted(
            of_table.items(), key=lambda item: -item[1].get("table_bytes", 0)
        )
    ]
