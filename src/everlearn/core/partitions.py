"""The partitions that rows fall into: made on demand, made ahead of time, listed, gaps filled.

They go away in `everlearn.modules.operations`, with the retention of their rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from everlearn.core.tables import By, rows

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

#: Periods after the present one that always have a partition.
AHEAD = 2

#: Partitions that committed transactions of this process saw: (server, database, table, first day).
#: Only of periods that are not over yet: an old one may go away with its rows' retention.
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
    wanted = {(*where, _first_day(by, at.astimezone(UTC).date())) for at in times} - _there
    if not wanted:
        return
    tx.execute(
        "SELECT app.ensure_partition(:table, CAST(d AS timestamp) AT TIME ZONE 'UTC')"
        " FROM unnest(CAST(:days AS date[])) d",
        {"table": table, "days": sorted(key[-1] for key in wanted)},
    )
    # On a connection whose outer transaction somebody else may roll back, nothing is sure yet.
    if not isinstance(tx.session.get_bind(), Connection):
        this = _first_day(by, tx.now().date())
        tx.after_commit(lambda: _there.update(key for key in wanted if key[-1] >= this))


def _first_day(by: By, day: date) -> date:
    if by.unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by.unit == "week" else day


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition.

    Attributes:
        rows: by the planner's estimate; None while nobody analysed it.
    """

    table: str
    name: str
    lower_at: datetime
    upper_at: datetime
    rows: int | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A period between the first and the last partition of a table that has none."""

    table: str
    lower_at: datetime
    upper_at: datetime


def list_partitions(tx: Tx, *, tables: Sequence[str] | None = None) -> list[Partition]:
    """Give the partitions of every table, or of these, by table and time; as everlearn_service."""
    found = [
        Partition(
            row.parent, row.partition, row.lower_at, row.upper_at, row.row_estimate, row.size_bytes
        )
        for row in tx.execute("SELECT * FROM app.list_partitions()")
    ]
    return [each for each in found if tables is None or each.table in tables]


def find_gaps(tx: Tx) -> list[Gap]:
    """Give the periods that have no partition although some before and after have one."""
    found = tx.execute("SELECT parent, lower_at, upper_at FROM app.partition_gaps()")
    return [Gap(row.parent, row.lower_at, row.upper_at) for row in found]


def fill_gaps(tx: Tx) -> list[str]:
    """Create what is missing between partitions, and give the names.

    Periods that are over for every row of the table's own time stay away: retention took them.
    """
    query = (
        "SELECT app.ensure_partition(g.parent, g.lower_at) FROM app.partition_gaps() g"
        " LEFT JOIN app.retention r ON r.parent = g.parent"
        " WHERE r.parent IS NULL OR g.upper_at > CAST(:now AS timestamptz)"
        " - make_interval(days => r.keep_days)"
    )
    return sorted(tx.execute(query, {"now": tx.now()}).scalars())


def create_ahead(connection: Connection | Tx, *, at: datetime, periods: int = AHEAD) -> list[str]:
    """Create each table's partition of this time and of the periods after it; give the new ones.

    Args:
        connection: the owner's, or a transaction of everlearn_service.
        at: the present.
        periods: how many periods after the present one.
    """
    found = connection.execute(
        text("SELECT app.create_partitions_ahead(:at, :periods)"), {"at": at, "periods": periods}
    ).scalar()
    return list(found or ())
