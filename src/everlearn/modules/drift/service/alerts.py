"""Alerts: opened once, raised while they last, settled by a person or by a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.errors import WrongStatus
from everlearn.core.ids import uuid7
from everlearn.modules.drift.errors import UnknownAlert
from everlearn.modules.drift.types import URGENCY, Alert, AlertLevel, Detector
from everlearn.modules.events import service as events
from everlearn.modules.events.types import EventType
from everlearn.modules.registry.types import Model, Version

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

_LIST = """
SELECT a.id, a.ml_model_id AS model_id, m.name AS model, a.model_version_id AS version_id,
       a.detector, a.feature, a.level, a.score, a.message, a.first_seen_at, a.last_seen_at,
       a.seen_count, a.acknowledged_at, a.acknowledged_by, a.resolved_at, a.resolved_reason
FROM drift.drift_alerts a
JOIN registry.ml_models m ON m.tenant_id = app.tenant_id() AND m.id = a.ml_model_id
WHERE a.tenant_id = app.tenant_id()
  AND (CAST(:id AS uuid) IS NULL OR a.id = :id)
  AND (CAST(:model AS uuid) IS NULL OR a.ml_model_id = :model)
  AND (NOT :only_open OR a.resolved_at IS NULL)
  AND (CAST(:since AS timestamptz) IS NULL OR a.first_seen_at >= :since)
  AND (CAST(:after AS uuid) IS NULL OR
       (a.resolved_at IS NOT NULL,
        CASE a.level WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,
        -extract(epoch FROM a.last_seen_at), a.id)
       > (SELECT o.resolved_at IS NOT NULL,
                 CASE o.level WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,
                 -extract(epoch FROM o.last_seen_at), o.id
          FROM drift.drift_alerts o WHERE o.tenant_id = app.tenant_id() AND o.id = :after))
ORDER BY a.resolved_at IS NOT NULL,
         CASE a.level WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END,
         a.last_seen_at DESC, a.id
LIMIT :limit
"""

_RAISE = """
INSERT INTO drift.drift_alerts AS a (id, ml_model_id, model_version_id, detector, feature, level,
  score, message, metric_id, first_seen_at, last_seen_at)
VALUES (:id, :model, :version, :detector, :feature, :level, :score, :message, :metric, :at, :at)
ON CONFLICT (tenant_id, ml_model_id, detector, feature) WHERE resolved_at IS NULL DO UPDATE
SET seen_count = a.seen_count + 1, score = excluded.score, message = excluded.message,
    metric_id = excluded.metric_id, model_version_id = excluded.model_version_id,
    last_seen_at = greatest(a.last_seen_at, excluded.last_seen_at),
    level = CASE WHEN array_position(:levels, excluded.level) > array_position(:levels, a.level)
                 THEN excluded.level ELSE a.level END
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a detector cried."""

    detector: Detector
    feature: str
    level: AlertLevel
    score: float
    message: str
    metric_id: UUID
    at: datetime


def raise_alerts(tx: Tx, model: Model, version: Version, alarms: Sequence[Alarm]) -> list[Alert]:
    """Open an alert for each alarm, or add to the one that is open already.

    An event drift_alert is sent for each alert that is new or that reached a higher level.

    Returns:
        The alerts that are new or were raised.
    """
    if not alarms:
        return []
    before = {(a.detector, a.feature): a for a in open_alerts(tx, model_id=model.id)}
    told = []
    for alarm in alarms:
        given = {
            "id": uuid7(alarm.at),
            "model": model.id,
            "version": version.id,
            "detector": alarm.detector.value,
            "feature": alarm.feature,
            "level": alarm.level.value,
            "score": alarm.score,
            "message": alarm.message,
            "metric": alarm.metric_id,
            "at": alarm.at,
            "levels": [level.value for level in AlertLevel],
        }
        alert_id = tx.scalar(_RAISE, given)
        older = before.get((alarm.detector, alarm.feature))
        if older is None or URGENCY[alarm.level] > URGENCY[older.level]:
            told.append((alert_id, alarm, older))
    if not told:
        return []
    events.emit_many(
        tx,
        {
            "event_type": [EventType.DRIFT_ALERT] * len(told),
            "event_subtype": ["raised" if older else "opened" for _, _, older in told],
            "entity_type": ["model"] * len(told),
            "entity_id": [str(model.id)] * len(told),
            "timestamp": [alarm.at for _, alarm, _ in told],
            "event_data": [
                {
                    "alert": str(alert_id),
                    "model": model.name,
                    "version": version.version,
                    "detector": alarm.detector.value,
                    "feature": alarm.feature,
                    "level": alarm.level.value,
                    "score": alarm.score,
                    "message": alarm.message,
                }
                for alert_id, alarm, _ in told
            ],
        },
    )
    tx.notify("drift")
    wanted = {alert_id for alert_id, _, _ in told}
    return [alert for alert in open_alerts(tx, model_id=model.id) if alert.id in wanted]


def open_alerts(tx: Tx, *, model_id: UUID | None = None, limit: int = 500) -> list[Alert]:
    """Give the alerts that are not settled, most urgent first."""
    return list_alerts(tx, model_id=model_id, only_open=True, limit=limit)


def list_alerts(
    tx: Tx,
    *,
    model_id: UUID | None = None,
    only_open: bool = False,
    since: datetime | None = None,
    limit: int = 500,
    after: UUID | None = None,
) -> list[Alert]:
    """Give alerts, open ones and urgent ones first.

    Args:
        tx: transaction.
        model_id: only this model's.
        only_open: only those that are not settled.
        since: only those first seen from this time on.
        limit: rows at most.
        after: id of the last alert of the page before, which counts as it stands now.
    """
    given = {
        "id": None,
        "model": model_id,
        "only_open": only_open,
        "since": since,
        "limit": limit,
        "after": after,
    }
    return [_alert(row) for row in tx.execute(_LIST, given).mappings()]


def get_alert(tx: Tx, alert_id: UUID) -> Alert:
    """Give one alert; raise UnknownAlert when the tenant has none of this id."""
    given = dict.fromkeys(("model", "since", "after"))
    given = {**given, "id": alert_id, "only_open": False, "limit": 1}
    row = tx.execute(_LIST, given).mappings().first()
    if row is None:
        msg = f"no alert {alert_id}"
        raise UnknownAlert(msg, field="alert_id")
    return _alert(row)


def acknowledge(tx: Tx, alert_id: UUID) -> Alert:
    """Note that a person has seen an alert; it stays open. Twice keeps the first name.

    Raises:
        UnknownAlert: the tenant has no such alert.
        WrongStatus: it is settled already.
    """
    _require_open(tx, alert_id)
    tx.execute(
        "UPDATE drift.drift_alerts SET acknowledged_at = :at, acknowledged_by = :who"
        " WHERE tenant_id = app.tenant_id() AND id = :id AND acknowledged_at IS NULL",
        {"id": alert_id, "at": tx.now(), "who": tx.actor.name},
    )
    tx.notify("drift")
    return get_alert(tx, alert_id)


def resolve(tx: Tx, alert_id: UUID, *, reason: str) -> Alert:
    """Settle one alert; the next alarm of its detector opens a new one.

    Raises:
        UnknownAlert: the tenant has no such alert.
        WrongStatus: it is settled already.
    """
    _require_open(tx, alert_id)
    _settle(tx, reason, alert_id=alert_id)
    return get_alert(tx, alert_id)


def resolve_all(tx: Tx, model_id: UUID, *, reason: str) -> int:
    """Settle every open alert of a model, such as after a promotion; give how many there were."""
    return _settle(tx, reason, model_id=model_id)


def _settle(
    tx: Tx, reason: str, *, alert_id: UUID | None = None, model_id: UUID | None = None
) -> int:
    done: Any = tx.execute(
        "UPDATE drift.drift_alerts SET resolved_at = :at, resolved_reason = :reason"
        " WHERE tenant_id = app.tenant_id() AND resolved_at IS NULL"
        " AND (id = CAST(:alert AS uuid) OR ml_model_id = CAST(:model AS uuid))",
        {"alert": alert_id, "model": model_id, "at": tx.now(), "reason": reason},
    )
    if done.rowcount:
        tx.notify("drift")
    return int(done.rowcount)


def _require_open(tx: Tx, alert_id: UUID) -> None:
    found = get_alert(tx, alert_id)
    if found.resolved_at is not None:
        msg = f"the alert was settled: {found.resolved_reason}"
        raise WrongStatus(msg, field="alert_id")


def _alert(row: Any) -> Alert:
    values = dict(row)
    values["detector"] = Detector(values["detector"])
    values["level"] = AlertLevel(values["level"])
    return Alert(**values)
