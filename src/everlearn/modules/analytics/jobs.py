"""Chores of the analytics module."""

from __future__ import annotations

from typing import Any

from everlearn.core import watching
from everlearn.core.chores import ROLLUPS, House, chore, each_tenant
from everlearn.modules.analytics import service

watching.rollup("analytics.usage_trends", notes="analytics.stale_usage_days")

_NOTED = "SELECT app.tenants_with('analytics.stale_usage_days')"


@chore("analytics.usage", cron=ROLLUPS)
def refresh_usage(house: House) -> dict[str, Any]:
    """Make the usage of changed days anew, of every tenant with such days."""
    return {"days": each_tenant(house, service.refresh_usage, tenants=_NOTED)}
