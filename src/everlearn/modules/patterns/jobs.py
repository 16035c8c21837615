"""Chores of the patterns module."""

from __future__ import annotations

from typing import Any

from everlearn.core import watching
from everlearn.core.chores import ROLLUPS, House, chore, each_tenant
from everlearn.core.tx import Tx
from everlearn.modules.patterns import service

watching.rollup("patterns.daily_counts", notes="patterns.stale_pattern_days")

_NOTED = "SELECT app.tenants_with('patterns.stale_pattern_days')"


@chore("patterns.daily_counts", cron=ROLLUPS)
def refresh_daily_counts(house: House) -> dict[str, Any]:
    """Count the changed days of every tenant anew; one that fails does not keep others from it."""
    return {"days": each_tenant(house, _refresh, tenants=_NOTED)}


def _refresh(tx: Tx) -> int:
    return len(service.refresh_daily_counts(tx))
