"""Chores of the house: old rows leave, partitions are there before their time."""

from __future__ import annotations

from typing import Any

from everlearn.core import partitions
from everlearn.core.chores import House, chore
from everlearn.core.errors import Unavailable
from everlearn.modules.operations.service import queue, retention


@chore("operations.retention", cron="0 2 * * *")
def remove_old_rows(house: House) -> dict[str, Any]:
    """Remove the rows whose time is over, in every table, and the queue's ended entries."""
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
