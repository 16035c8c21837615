"""Adds to the trail, reads it, and finds out whether it is whole."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from everlearn.core import partitions
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.audit.tables import AuditLog
from everlearn.modules.audit.types import ActionType, ChainStatus, Entry, Page

MAX_PAGE = 500
TABLE = str(AuditLog.__table__)
NO_ROWS = "0" * 64

_INSERT = """
INSERT INTO audit.audit_logs (id, user_id, action_type, resource_type, resource_id, action_details,
  success, error_message, metadata, created_at)
VALUES (:id, :user_id, :action_type, :resource_type, :resource_id, CAST(:details AS jsonb),
  :success, :error_message, CAST(:metadata AS jsonb), :at)
"""

# A NULL parameter means: do not filter by this.
_LIST = """
SELECT id, seq, created_at, user_id, action_type, resource_type, resource_id, action_details,
  success, error_message, metadata, sha256
FROM audit.audit_logs
WHERE tenant_id = app.tenant_id()
  AND (CAST(:action_type AS text) IS NULL OR action_type = :action_type)
  AND (CAST(:resource_type AS text) IS NULL OR resource_type = :resource_type)
  AND (CAST(:resource_id AS text) IS NULL OR resource_id = :resource_id)
  AND (CAST(:before AS bigint) IS NULL OR seq < :before)
ORDER BY seq DESC
LIMIT :limit
"""


def record(
    tx: Tx,
    *,
    action_type: ActionType | str,
    resource_type: str,
    resource_id: object | None = None,
    details: dict[str, Any] | None = None,
    success: bool = True,
    error_message: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add one row to the tenant's trail; it is there exactly if the caller's transaction commits.

    The head of the chain is locked until then, so writers of one tenant wait for each other: record
    last, and not in the middle of long work.

    Args:
        tx: transaction of what is done; its actor is named in the row.
        action_type: what was done.
        resource_type: kind of thing it was done to, such as ``model``.
        resource_id: which one.
        details: JSON-ready particulars; never a secret.
        success: False for an attempt that was refused.
        error_message: why it was refused.
        at: when it was done; the transaction's time when left out.

    Raises:
        Invalid: the action is none of `ActionType`, or the details are not JSON.
    """
    at = at or tx.now()
    try:
        written = json.dumps(details or {}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Invalid(f"not JSON: {error}", field="details") from error
    partitions.ensure(tx, TABLE, [at])
    tx.execute(
        _INSERT,
        {
            "id": uuid7(at),
            "user_id": tx.actor.user_id,
            "action_type": str(action_type),
            "resource_type": resource_type,
            "resource_id": None if resource_id is None else str(resource_id),
            "details": written,
            "success": success,
            "error_message": error_message,
            "metadata": json.dumps({"actor": tx.actor.name, "actor_kind": tx.actor.kind}),
            "at": at,
        },
    )


def list_entries(
    tx: Tx,
    *,
    limit: int = 50,
    before: int | None = None,
    action_type: str | None = None,
    resource_type: str | None = None,
    resource_id: str | None = None,
) -> Page:
    """Give rows of the trail, newest first; `before` is a sequence number."""
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"a page has 1 to {MAX_PAGE} rows", field="limit")
    params = {
        "limit": limit + 1,
        "before": before,
        "action_type": action_type,
        "resource_type": resource_type,
        "resource_id": resource_id,
    }
    found = [Entry(**row) for row in tx.execute(_LIST, params).mappings()]
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].seq if more else None)


def check_chain(tx: Tx) -> ChainStatus:
    """Read the tenant's whole trail and say whether it is whole, and where it breaks first.

    The function reads rows that a user may not see too: else they would count as taken out.
    """
    return ChainStatus(**tx.execute("SELECT * FROM audit.check_chain()").mappings().one())


def verify_chain(tx: Tx) -> int | None:
    """Give the sequence number of the first row that is changed or missing; None when whole."""
    return check_chain(tx).first_broken
