"""Chores of the feedback module."""

from __future__ import annotations

from typing import Any

from everlearn.core import watching
from everlearn.core.chores import ROLLUPS, House, chore, each_tenant
from everlearn.modules.feedback import service

watching.rollup("feedback.hourly_feedback_usage", notes="feedback.stale_feedback_days")

_NOTED = "SELECT app.tenants_with('feedback.stale_feedback_days')"


@chore("feedback.usage", cron=ROLLUPS)
def refresh_usage(house: House) -> dict[str, Any]:
    """Count the hours of the days anew whose feedback changed, of every tenant with such days."""
    return {"days": each_tenant(house, service.refresh_usage, tenants=_NOTED)}
