"""Ended entries of the job queue: a worker removes the good ones, the rest stays a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from everlearn.core.pg import Server

#: What failed can be looked at for so long; its row in operations.job_runs stays longer.
KEEP = timedelta(days=14)

_ENDED = """
WITH gone AS (
  DELETE FROM jobs.procrastinate_jobs j
  WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted') AND NOT EXISTS (
    SELECT FROM jobs.procrastinate_events e WHERE e.job_id = j.id AND e.at > %(before)s)
  RETURNING 1
) SELECT count(*) FROM gone
"""
# Which times a chore was queued for: only the newest ones are asked again.
_TICKS = """
DELETE FROM jobs.procrastinate_periodic_defers
WHERE to_timestamp(defer_timestamp) < %(before)s AND job_id IS NULL
"""


def remove_ended(server: Server, *, at: datetime) -> int:
    """Remove entries of the queue that ended long ago; give how many."""
    before = {"before": at - KEEP}
    with psycopg.connect(server.conninfo("queue")) as connection:
        connection.execute("SET LOCAL search_path = jobs")  # for the tables' own triggers
        row = connection.execute(_ENDED, before).fetchone()
        connection.execute(_TICKS, before)
    return int(row[0]) if row else 0
