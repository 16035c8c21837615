"""Chores of the house: old rows leave, partitions are there before their time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from everlearn.core import partitions
from everlearn.core import watching as registry
from everlearn.core.chores import ROLLUPS, House, chore, each_tenant, roll_up_first
from everlearn.core.errors import Unavailable
from everlearn.core.tx import Tx
from everlearn.modules.operations.service import exposition, gauges, queue, retention, watching
from everlearn.modules.operations.service.metrics import merging, rolling
from everlearn.modules.operations.tables.metrics import MetricSampleChunk

_ARRIVED = "SELECT app.tenants_with('operations.metric_arrivals')"
_MEASURED = "SELECT app.tenants_with('operations.metric_series')"

registry.of_tenant(gauges.jobs)
registry.of_house(gauges.sizes)
registry.writes(watching.flush)
registry.shows(exposition.render_house)
registry.rollup("operations.metrics", notes="operations.metric_arrivals")


@chore("operations.retention", cron="0 2 * * *")
def remove_old_rows(house: House) -> dict[str, Any]:
    """Remove the rows whose time is over, in every table, and the queue's ended entries."""
    roll_up_first(house)
    with house.service() as database:
        swept = retention.sweep(database, house.settings)
    entries = queue.remove_ended(house.server, at=house.clock.now())
    problems = [f"{each.table}: {problem}" for each in swept for problem in each.problems]
    if problems:
        raise Unavailable("retention left something: " + "; ".join(problems))
    return {
        "deleted": sum(each.deleted for each in swept),
        "archived": sum(each.archived for each in swept),
        "partitions": sum(len(each.partitions) for each in swept),
        "queue_entries": entries,
    }


@chore("operations.partitions", cron="5 * * * *")
def keep_partitions(house: House) -> dict[str, Any]:
    """Create partitions ahead of time, and those that are missing in between."""
    with house.service() as database, database.tx(None) as tx:
        ahead = partitions.create_ahead(tx, at=tx.now())
        return {"ahead": ahead, "filled": partitions.fill_gaps(tx)}


@chore("cleanup-learning-events", cron="0 2 * * 0")
def clean_events(house: House) -> dict[str, Any]:
    """Drop months of events that are expired and archived."""
    with house.service() as database, database.tx(None) as tx:
        return {"removed": tx.scalar("SELECT app.cleanup_old_learning_events()")}


@chore("operations.roll_up_metrics", cron=ROLLUPS)
def roll_up_metrics(house: House) -> dict[str, Any]:
    """Count every tenant's new samples into their minutes, hours and days.

    Tenants without new samples are not looked at.
    """
    total = 0
    left = True

    def work(tx: Tx) -> int:
        nonlocal left
        taken = rolling.roll_up(tx)
        left = left or taken == rolling.AT_ONCE
        return taken

    while left:
        left = False
        total += each_tenant(house, work, tenants=_ARRIVED)
    return {"notes": total}


@chore("operations.merge_metrics", cron="7 * * * *")
def merge_metrics(house: House) -> dict[str, Any]:
    """Merge the small chunks of samples of hours that are over; at midnight, those that came late.

    What came for the last day is looked at every hour, the rest as far back as chunks are kept.
    """
    now = house.clock.now()
    days = MetricSampleChunk.policy.keep_days if now.hour == 0 else 1
    since = (now - timedelta(days=days or 1)).replace(minute=0, second=0, microsecond=0)
    total = 0

    def work(tx: Tx) -> int:
        return merging.merge(tx, since=since)

    while merged := each_tenant(house, work, tenants=_MEASURED):
        total += merged
    return {"merged": total}


@chore("operations.watch", cron="* * * * *")
def watch(house: House) -> dict[str, Any]:
    """Read every watched number, keep it as rows, and open and close alerts."""
    with house.service() as database:
        done = watching.watch(database, house.settings.tenant)
    if done.problems:
        raise Unavailable(f"{len(done.problems)} tenants not watched: " + "; ".join(done.problems))
    return {
        "tenants": done.tenants,
        "readings": done.readings,
        "opened": done.opened,
        "closed": done.closed,
    }
