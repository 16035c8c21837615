"""Reads the stream."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from everlearn.core.errors import Invalid
from everlearn.core.named import timed
from everlearn.core.tx import Tx
from everlearn.modules.events.types import Event, EventPage

MAX_PAGE = 500

_COLUMNS = """
SELECT id, event_type, event_subtype, timestamp, source_system, entity_type, entity_id, event_data,
  user_id, session_id, processing_time_ms, metadata
FROM events.learning_events
"""

# A NULL parameter means: do not filter by this. The time of a cursor stands by itself too, since a
# comparison of pairs leaves out no partition.
_LIST = (
    _COLUMNS
    + """
WHERE tenant_id = app.tenant_id()
  AND (CAST(:event_type AS text) IS NULL OR event_type = :event_type)
  AND (CAST(:entity_type AS text) IS NULL OR entity_type = :entity_type)
  AND (CAST(:entity_id AS text) IS NULL OR entity_id = :entity_id)
  AND (CAST(:at AS timestamptz) IS NULL
    OR timestamp <= :at AND (timestamp, id) < (:at, CAST(:id AS uuid)))
ORDER BY timestamp DESC, id DESC
LIMIT :limit
"""
)


@timed("events.list")
def list_events(
    tx: Tx,
    *,
    limit: int = 50,
    cursor: str | None = None,
    event_type: str | None = None,
    entity_type: str | None = None,
    entity_id: str | None = None,
) -> EventPage:
    """Give events, newest first; `cursor` is the `next_cursor` of the page before.

    Raises:
        Invalid: the limit is out of range, or the cursor is none of ours.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise Invalid(f"a page has 1 to {MAX_PAGE} rows", field="limit")
    at, event_id = _read_cursor(cursor)
    params = {
        "limit": limit + 1,
        "event_type": event_type,
        "entity_type": entity_type,
        "entity_id": entity_id,
        "at": at,
        "id": event_id,
    }
    found = [Event(**row) for row in tx.execute(_LIST, params).mappings()]
    if len(found) <= limit:
        return EventPage(found, None)
    last = found[limit - 1]
    return EventPage(found[:limit], f"{last.timestamp.isoformat()} {last.id}")


def _read_cursor(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if not cursor:
        return None, None
    at, _, event_id = cursor.partition(" ")
    try:
        return datetime.fromisoformat(at), UUID(event_id)
    except ValueError as error:
        raise Invalid("this is not a cursor that Everlearn gave out", field="cursor") from error
