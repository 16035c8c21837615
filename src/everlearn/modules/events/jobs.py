"""Chores of the events module."""

from __future__ import annotations

from typing import Any

from everlearn.core.chores import House, chore, each_tenant
from everlearn.modules.events import service


@chore("events.daily_metrics", cron="* * * * *")
def refresh_daily_metrics(house: House) -> dict[str, Any]:
    """Bring every tenant's daily metrics up to date; one that fails does not keep others from it.

    Looking at a tenant without new events takes some 2 ms.
    """
    return {"days": each_tenant(house, lambda tx: len(service.refresh_daily_metrics(tx)))}
