"""Makes sure the partitions that rows will fall into are there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from everlearn.core.tables import rows
from everlearn.core.tx import Tx


def ensure(tx: Tx, table: str, times: Iterable[datetime]) -> None:
    """Create the partitions of a table (schema-qualified) that hold these times, when missing.

    Raises:
        Invalid: a time before 2000 or more than two years ahead.
    """
    by = rows()[table].policy.partition
    if by is None:
        return
    days = {at.date() for at in times}
    periods = {(day.year, day.month) if by.unit == "month" else day: day for day in days}
    for day in periods.values():
        tx.execute(
            "SELECT app.ensure_partition(:table, CAST(:day AS timestamp) AT TIME ZONE 'UTC')",
            {"table": table, "day": day},
        )
