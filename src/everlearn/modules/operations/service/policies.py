"""Says how long rows are kept, and sets it for a tenant."""

from __future__ import annotations

from datetime import datetime, timedelta

from everlearn.core.errors import Invalid
from everlearn.core.tx import Tx
from everlearn.modules.operations.types import ArchiveStrategy

_RETENTION = """
SELECT r.keep_days, p.retention_period
FROM app.retention r
LEFT JOIN operations.data_retention_policies p
  ON p.tenant_id = app.tenant_id() AND p.table_name = r.parent
WHERE r.parent = :table
"""

_SET_RETENTION = """
INSERT INTO operations.data_retention_policies
  (table_name, retention_period, archive_strategy, legal_hold, created_at)
VALUES (:table, :period, :strategy, :hold, :now)
ON CONFLICT (tenant_id, table_name) DO UPDATE SET retention_period = excluded.retention_period,
  archive_strategy = excluded.archive_strategy, legal_hold = excluded.legal_hold
"""


def retention_of(tx: Tx, table: str) -> timedelta | None:
    """Give how long the tenant keeps rows of a table (schema-qualified); None means for ever."""
    row = tx.execute(_RETENTION, {"table": table}).first()
    if row is None:
        return None
    return row.retention_period or timedelta(days=row.keep_days)


def set_retention(
    tx: Tx,
    table: str,
    *,
    days: int,
    strategy: ArchiveStrategy | None = None,
    legal_hold: bool = False,
) -> None:
    """Keep the tenant's rows of a table this long; the last setting holds.

    Args:
        tx: transaction of the tenant.
        table: schema-qualified name.
        days: how long rows are kept.
        strategy: what happens to them then; what the table itself says when left out.
        legal_hold: whether nothing leaves for now, however old.

    Raises:
        Invalid: less than a day, or a table whose rows are never removed (the audit trail).
    """
    if days < 1:
        raise Invalid("rows are kept for a day at least", field="days", got=days)
    known = list(tx.execute("SELECT parent FROM app.retention ORDER BY parent").scalars())
    if table not in known:
        raise Invalid("no rows are ever removed from such a table", field="table", allowed=known)
    params = {
        "table": table,
        "period": timedelta(days=days),
        "strategy": strategy.value if strategy else None,
        "hold": legal_hold,
        "now": tx.now(),
    }
    tx.execute(_SET_RETENTION, params)


def expired_before(tx: Tx, table: str) -> datetime | None:
    """Give the time before which the tenant's rows of a table may go; None when they stay."""
    kept = retention_of(tx, table)
    return None if kept is None else tx.now() - kept
