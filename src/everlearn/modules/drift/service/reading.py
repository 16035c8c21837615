"""Reads what the watch over models has seen, for pages and other modules."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.ids import uuid7_floor
from everlearn.modules.drift.maths.base import alarm_rate
from everlearn.modules.drift.service import references, watches
from everlearn.modules.drift.types import Detector, DetectorCount, Heat, Status
from everlearn.modules.registry import service as registry

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_DETECTORS = """
SELECT detector, observation_count, alarm_count, estimation, watermark
FROM drift.drift_detectors WHERE tenant_id = app.tenant_id() AND ml_model_id = :model
"""

_HEAT = """
SELECT resource_id, (measured_at AT TIME ZONE 'UTC')::date AS day, max(psi_score) AS psi,
       (array_agg(alert_level ORDER BY psi_score DESC))[1] AS level
FROM drift.ml_drift_metrics
WHERE tenant_id = app.tenant_id() AND ml_model_id = :model AND psi_score IS NOT NULL
  AND measured_at >= :since AND measured_at <= :until AND id >= :low
GROUP BY resource_id, day ORDER BY day
"""

_COUNTS = """
SELECT (SELECT count(*) FROM drift.drift_alerts WHERE tenant_id = app.tenant_id()
          AND ml_model_id = :model AND resolved_at IS NULL),
       (SELECT watermark FROM drift.drift_detectors WHERE tenant_id = app.tenant_id()
          AND ml_model_id = :model AND detector = 'psi')
"""


def alarm_table(tx: Tx, model_id: UUID) -> list[DetectorCount]:
    """Give how often each detector of a model cried; the silent one is always among them."""
    rows = {row.detector: row for row in tx.execute(_DETECTORS, {"model": model_id})}
    out = []
    for detector in Detector:
        row = rows.get(detector.value)
        seen, alarms = (int(row.observation_count), int(row.alarm_count)) if row else (0, 0)
        out.append(
            DetectorCount(
                detector,
                seen,
                alarms,
                alarm_rate(alarms, seen),
                row.estimation if row else None,
                row.watermark if row else None,
            )
        )
    return out


def heat(
    tx: Tx, model_id: UUID, *, since: datetime, until: datetime, max_features: int = 60
) -> Heat:
    """Give the greatest index of each feature on each day (UTC) with a scan."""
    given = {"model": model_id, "since": since, "until": until, "low": uuid7_floor(since)}
    cells: dict[str, dict[Any, tuple[float, str | None]]] = {}
    days: dict[Any, None] = {}
    rows: Any = tx.execute(_HEAT, given)
    for feature, day, psi, level in rows:
        cells.setdefault(feature, {})[day] = (psi, level)
        days[day] = None
    by_most = sorted(cells.items(), key=lambda item: -max(psi for psi, _ in item[1].values()))
    return Heat(
        list(days),
        [
            (
                feature,
                [found[day][0] if day in found else None for day in days],
                [found[day][1] if day in found else None for day in days],
            )
            for feature, found in by_most[:max_features]
        ],
    )


def status(tx: Tx, model_id: UUID) -> Status:
    """Give where the watch over one model stands."""
    model = registry.get_model(tx, model_id)
    live = registry.find_live_version(tx, model_id)
    watch = watches.find_watch(tx, model_id)
    counted: Any = tx.execute(_COUNTS, {"model": model_id}).one()
    alerts, scanned = counted
    return Status(
        model_id=model_id,
        model=model.name,
        live_version=live.version if live else None,
        has_reference=live is not None and references.has_reference(tx, live.id),
        open_alerts=int(alerts),
        last_scan_at=scanned,
        detectors=alarm_table(tx, model_id),
        watch=asdict(watch) if watch else {},
    )
