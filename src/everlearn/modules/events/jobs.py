"""Chores of the events module."""

from __future__ import annotations

from typing import Any

from everlearn.core.chores import House, chore, each_tenant
from everlearn.core.tx import Tx
from everlearn.modules.events import service

_NOTED = "SELECT app.tenants_with('events.stale_learning_days')"


@chore("events.daily_metrics", cron="* * * * *")
def refresh_daily_metrics(house: House) -> dict[str, Any]:
    """Bring every tenant's daily metrics up to date; one that fails does not keep others from it.

    Tenants without a note of a changed day are not looked at.
    """
    return {"days": each_tenant(house, _refresh, tenants=_NOTED)}


def _refresh(tx: Tx) -> int:
    return len(service.refresh_daily_metrics(tx))
