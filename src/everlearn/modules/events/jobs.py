"""Chores of the events module."""

from __future__ import annotations

from typing import Any

from everlearn.core import watching
from everlearn.core.chores import ROLLUPS, House, chore, each_tenant
from everlearn.core.tx import Tx
from everlearn.modules.events import service
from everlearn.modules.events.types import EventType

watching.rollup("events.daily_learning_metrics", notes="events.stale_learning_days")

_NOTED = "SELECT app.tenants_with('events.stale_learning_days')"


@chore("events.daily_metrics", cron=ROLLUPS)
def refresh_daily_metrics(house: House) -> dict[str, Any]:
    """Bring every tenant's daily metrics up to date; one that fails does not keep others from it.

    Tenants without a note of a changed day are not looked at.
    """
    return {"days": each_tenant(house, _refresh, tenants=_NOTED)}


def _refresh(tx: Tx) -> int:
    return len(service.refresh_daily_metrics(tx))


@watching.on_alert
def record_alert(tx: Tx, change: watching.AlertChange) -> None:
    """Write an event when an alert opens or closes."""
    service.emit(
        tx,
        EventType.SYSTEM_OPTIMIZATION,
        subtype=f"alert_{change.change}",
        entity_type="alert",
        entity_id=str(change.id),
        data={
            "rule": change.rule,
            "metric": change.metric,
            "subject": change.subject,
            "severity": change.severity,
            "value": change.value,
            "threshold": change.threshold,
        },
        at=change.at,
    )
