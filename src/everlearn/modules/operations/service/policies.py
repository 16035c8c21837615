"""Says how long rows are kept, and sets it for a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from everlearn.core.errors import Invalid
from everlearn.core.tx import Tx
from everlearn.modules.operations.types import ArchiveStrategy, Hold

_RETENTION = """
SELECT r.keep_days, p.retention_period
FROM app.retention r
LEFT JOIN operations.data_retention_policies p
  ON p.tenant_id = app.tenant_id() AND p.table_name = r.parent
WHERE r.parent = :table
"""

_SET_RETENTION = """
INSERT INTO operations.data_retention_policies
  (table_name, retention_period, archive_strategy, created_at)
VALUES (:table, :period, :strategy, :now)
ON CONFLICT (tenant_id, table_name) DO UPDATE SET retention_period = excluded.retention_period,
  archive_strategy = excluded.archive_strategy
"""
_KNOWN = "SELECT parent FROM app.retention ORDER BY parent"
_HOLD = """
INSERT INTO operations.data_retention_policies
  (table_name, retention_period, legal_hold, hold_reason, held_at, created_at)
SELECT r.parent, make_interval(days => r.keep_days), true, :reason, :now, :now
FROM app.retention r WHERE r.parent = ANY(:tables)
ON CONFLICT (tenant_id, table_name) DO UPDATE SET legal_hold = true,
  hold_reason = coalesce(excluded.hold_reason, data_retention_policies.hold_reason),
  held_at = coalesce(data_retention_policies.held_at, excluded.held_at)
WHERE NOT data_retention_policies.legal_hold
  OR data_retention_policies.hold_reason IS DISTINCT FROM
    coalesce(excluded.hold_reason, data_retention_policies.hold_reason)
RETURNING table_name
"""
_RELEASE = """
UPDATE operations.data_retention_policies
SET legal_hold = false, hold_reason = NULL, held_at = NULL
WHERE tenant_id = app.tenant_id() AND legal_hold
  AND (CAST(:tables AS text[]) IS NULL OR table_name = ANY(:tables))
RETURNING table_name
"""
_HOLDS = """
SELECT table_name AS "table", hold_reason AS reason, held_at AS since
FROM operations.data_retention_policies
WHERE tenant_id = app.tenant_id() AND legal_hold ORDER BY table_name
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
    legal_hold: bool | None = None,
) -> None:
    """Keep the tenant's rows of a table this long; the last setting holds.

    Args:
        tx: transaction of the tenant.
        table: schema-qualified name.
        days: how long rows are kept.
        strategy: what happens to them then; what the table itself says when left out.
        legal_hold: whether nothing leaves for now, however old; as it is when left out.

    Raises:
        Invalid: less than a day, or a table whose rows are never removed (the audit trail).
    """
    if days < 1:
        raise Invalid("rows are kept for a day at least", field="days", got=days)
    _check(tx, [table])
    params = {
        "table": table,
        "period": timedelta(days=days),
        "strategy": strategy.value if strategy else None,
        "now": tx.now(),
    }
    tx.execute(_SET_RETENTION, params)
    if legal_hold:
        hold(tx, [table])
    elif legal_hold is not None:
        release(tx, [table])


def hold(tx: Tx, tables: Sequence[str] = (), *, reason: str | None = None) -> list[str]:
    """Keep every row of these tables, however old, until it is released; written to the audit.

    Retention, the clean-up commands, the restoring of a tenant's backup over it and the tenant's
    erasure are held. Nothing changes when called again.

    Args:
        tx: transaction of the tenant.
        tables: schema-qualified names; every table whose rows would leave when left out.
        reason: shown with the hold.

    Returns:
        The tables that were not held in this way before.
    """
    chosen = _check(tx, tables)
    params = {"tables": chosen, "reason": reason, "now": tx.now()}
    return sorted(tx.execute(_HOLD, params).scalars())


def release(tx: Tx, tables: Sequence[str] = ()) -> list[str]:
    """End the hold of these tables, or every hold; give the tables that were held."""
    if tables:
        _check(tx, tables)
    return sorted(tx.execute(_RELEASE, {"tables": list(tables) or None}).scalars())


def holds(tx: Tx) -> list[Hold]:
    """Give the tenant's holds."""
    return [Hold(**row) for row in tx.execute(_HOLDS).mappings()]


def retained_tables(tx: Tx) -> list[str]:
    """Give the tables whose rows leave after a time, by name."""
    return list(tx.execute(_KNOWN).scalars())


def _check(tx: Tx, tables: Sequence[str]) -> list[str]:
    known = retained_tables(tx)
    if set(tables) - set(known):
        raise Invalid("no rows are ever removed from such a table", field="table", allowed=known)
    return list(tables) or known


def expired_before(tx: Tx, table: str) -> datetime | None:
    """Give the time before which the tenant's rows of a table may go; None when they stay."""
    kept = retention_of(tx, table)
    return None if kept is None else tx.now() - kept
