"""Pages of the drift module: what moved, and which detector is worth listening to."""

from __future__ import annotations

import math
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import web
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Mark, Series
from everlearn.core.rest import PrincipalDep, TxDep, require_role
from everlearn.core.tx import Tx
from everlearn.modules.drift import service
from everlearn.modules.drift.types import Alert, AlertLevel, Detector, Heat, Status
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import DeploymentKind

router = APIRouter()

_URGENCY = {AlertLevel.CRITICAL: 0, AlertLevel.WARNING: 1, AlertLevel.INFO: 2}
#: What each detector looks at, and when it cries.
_WATCHES = {
    Detector.PSI: "each feature and the answers, against what the live version was fitted on",
    Detector.ADWIN: "the losses, for a rise of their mean",
    Detector.SILENT: "nothing: it never cries, and is what the others are measured against",
}
#: Index at which a cell of the heat table is faint, and at which it has its full colour.
_FAINT, _FULL = 0.02, 5.0

#: Days of the heat table.
HEAT_DAYS = 18
#: Days of the loss chart.
LOSS_DAYS = 400


@router.get("/drift")
def drift_page(
    request: Request, who: PrincipalDep, tx: TxDep, model: str | None = None
) -> Response:
    """Show open alerts and detectors of all models, and one model more closely."""
    models = registry.list_models(tx)
    states = [service.status(tx, one.id) for one in models]
    shown = next((s for s in states if s.model == model), None) or _most_watched(states)
    values: dict[str, Any] = {"heat": None, "chart": None, "settled": []}
    if shown is not None:
        alerts = service.list_alerts(tx, model_id=shown.model_id)
        values["settled"] = [alert for alert in alerts if alert.resolved_at is not None][:50]
        values["chart"] = _loss_chart(tx, shown, alerts)
        end = shown.last_scan_at or tx.now()
        found = service.heat(
            tx, shown.model_id, since=end - timedelta(days=HEAT_DAYS), until=end, max_features=25
        )
        values["heat"] = _heat_cells(found)
    return web.page(
        request,
        "drift/drift.html",
        title="Drift",
        active="drift",
        live=True,
        now=tx.now(),
        may_act=who.role != "reader",
        alerts=sorted(
            service.open_alerts(tx, limit=100),
            key=lambda alert: (_URGENCY[alert.level], -alert.score),
        ),
        states=states,
        lines=_detector_lines(states),
        shown=shown,
        **values,
    )


@router.post("/drift/alerts/{alert_id}/acknowledge", dependencies=[require_role("writer")])
def acknowledge(tx: TxDep, alert_id: UUID) -> Response:
    """Note that the reader has seen an alert."""
    service.acknowledge(tx, alert_id)
    return RedirectResponse("/drift", status_code=303)


def _most_watched(states: list[Status]) -> Status | None:
    return max(
        states,
        key=lambda s: (s.open_alerts, sum(count.observations for count in s.detectors)),
        default=None,
    )


def _detector_lines(states: list[Status]) -> list[dict[str, Any]]:
    return [
        {
            "model": state.model,
            "detector": count.detector.value,
            "watches": _WATCHES[count.detector],
            "observations": count.observations,
            "alarms": count.alarms,
            "per_1000": count.per_1000,
            "estimation": count.estimation,
            "watermark": count.watermark,
            "model_id": state.model_id,
        }
        for state in states
        for count in state.detectors
    ]


def _heat_cells(found: Heat) -> dict[str, Any]:
    """Give each cell its shade by the logarithm: 0 at no drift, 1 where nothing is as it was."""

    def shade(value: float) -> float:
        share = math.log(max(value, _FAINT) / _FAINT) / math.log(_FULL / _FAINT)
        return min(share, 1.0)

    rows = [
        (
            feature,
            [
                None if value is None else {"value": value, "shade": shade(value), "level": level}
                for value, level in zip(values, levels, strict=True)
            ],
        )
        for feature, values, levels in found.rows
    ]
    return {"days": found.days, "rows": rows}


def _loss_chart(tx: Tx, shown: Status, alerts: list[Alert]) -> Any:
    days = predictions.performance(tx, shown.model_id, by="day")[-LOSS_DAYS:]
    points: list[tuple[datetime, float | None]] = [
        (datetime.combine(day.start, time(12), tzinfo=UTC), day.loss) for day in days
    ]
    marks = [
        Mark(
            alert.first_seen_at,
            "alert",
            f"{alert.detector}: {alert.message}",
            f"/v1/drift_alerts/{alert.id}",
            alert.level.value,
        )
        for alert in alerts
    ]
    marks += [
        Mark(
            span.deployed_at,
            "rollback" if span.kind == DeploymentKind.ROLLBACK else "promotion",
            f"{span.version}: {span.reason}",
            f"/registry/models/{shown.model}",
        )
        for span in registry.deployments(tx, shown.model_id)
    ]
    return line_chart(
        [Series("mean loss", points)],
        title=f"Mean loss of {shown.model} by the day of the prediction",
        marks=marks,
        y_format="num:3",
        empty="No outcome is known yet.",
    )
