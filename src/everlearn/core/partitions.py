"""Makes sure the partitions that rows will fall into are there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from everlearn.core.tables import By, rows
from everlearn.core.tx import Tx

#: Partitions that committed transactions of this process saw: (server, database, table, first day).
#: A partition goes away with its rows' retention only, and rows that old are not written any more.
_there: set[tuple[Any, ...]] = set()


def ensure(tx: Tx, table: str, times: Iterable[datetime]) -> None:
    """Create the partitions of a table (schema-qualified) that hold these times, when missing.

    Raises:
        Invalid: a time before 2000 or more than two years ahead.
    """
    by = rows()[table].policy.partition
    if by is None:
        return
    info = tx.driver.info
    where = (info.host, info.port, info.dbname, table)
    wanted = {(*where, _first_day(by, at.date())) for at in times} - _there
    for key in sorted(wanted):
        tx.execute(
            "SELECT app.ensure_partition(:table, CAST(:day AS timestamp) AT TIME ZONE 'UTC')",
            {"table": table, "day": key[-1]},
        )
    # On a connection whose outer transaction somebody else may roll back, nothing is sure yet.
    if wanted and not isinstance(tx.session.get_bind(), Connection):
        tx.after_commit(lambda: _there.update(wanted))


def _first_day(by: By, day: date) -> date:
    if by.unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by.unit == "week" else day
