"""Emits events and reads the stream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from everlearn.core import bulk, partitions
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.events.tables import LearningEvent
from everlearn.modules.events.types import Event, EventPage, EventType

MAX_PAGE = 500
TABLE = str(LearningEvent.__table__)
#: Columns that `emit_many` takes; the others are filled in.
COLUMNS = (
    "event_type",
    "event_subtype",
    "timestamp",
    "source_system",
    "entity_type",
    "entity_id",
    "event_data",
    "session_id",
    "processing_time_ms",
)

_INSERT = """
INSERT INTO events.learning_events (id, event_type, event_subtype, timestamp, source_system,
  entity_type, entity_id, event_data, user_id, processing_time_ms, metadata)
VALUES (:id, :event_type, :subtype, :at, :source, :entity_type, :entity_id, CAST(:data AS jsonb),
  :user_id, :processing_time_ms, CAST(:metadata AS jsonb))
"""

_COLUMNS = """
SELECT id, event_type, event_subtype, timestamp, source_system, entity_type, entity_id, event_data,
  user_id, session_id, processing_time_ms, metadata
FROM events.learning_events
"""

# A NULL parameter means: do not filter by this.
_LIST = (
    _COLUMNS
    + """
WHERE tenant_id = app.tenant_id()
  AND (CAST(:event_type AS text) IS NULL OR event_type = :event_type)
  AND (CAST(:entity_type AS text) IS NULL OR entity_type = :entity_type)
  AND (CAST(:entity_id AS text) IS NULL OR entity_id = :entity_id)
  AND (CAST(:at AS timestamptz) IS NULL OR (timestamp, id) < (:at, CAST(:id AS uuid)))
ORDER BY timestamp DESC, id DESC
LIMIT :limit
"""
)

# The first time, every day: of events from before the notes were kept nobody made one.
_TAKE_STALE = """
WITH taken AS (
  DELETE FROM events.stale_learning_days WHERE tenant_id = app.tenant_id() RETURNING date)
SELECT date FROM taken
UNION
SELECT (timestamp AT TIME ZONE 'UTC')::date FROM events.learning_events
WHERE tenant_id = app.tenant_id() AND NOT EXISTS (
  SELECT FROM events.daily_learning_metrics WHERE tenant_id = app.tenant_id())
ORDER BY date
"""

# The groups that are there keep their ids; those whose events are gone go.
_REFRESH = """
WITH fresh AS (
  INSERT INTO events.daily_learning_metrics AS m (date, event_type, source_system, event_count,
    avg_processing_time, p95_processing_time, refreshed_at)
  SELECT :day, event_type, source_system, count(*), avg(processing_time_ms),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_time_ms), :now
  FROM events.learning_events
  WHERE tenant_id = app.tenant_id() AND timestamp >= :from_at AND timestamp < :until
  GROUP BY event_type, source_system
  ON CONFLICT (tenant_id, date, event_type, source_system) DO UPDATE
  SET event_count = excluded.event_count, avg_processing_time = excluded.avg_processing_time,
    p95_processing_time = excluded.p95_processing_time, refreshed_at = excluded.refreshed_at
  RETURNING m.id)
DELETE FROM events.daily_learning_metrics
WHERE tenant_id = app.tenant_id() AND date = :day AND id NOT IN (SELECT id FROM fresh)
"""


def emit(
    tx: Tx,
    event_type: EventType | str,
    *,
    data: Mapping[str, Any],
    subtype: str | None = None,
    entity_type: str | None = None,
    entity_id: object | None = None,
    source: str = "everlearn",
    processing_time_ms: float | None = None,
    at: datetime | None = None,
) -> UUID:
    """Write one event; it is there exactly if the caller's transaction commits.

    Called twice it writes two events. Open pages of the tenant are told.

    Args:
        tx: transaction of what happened; its actor is named in the event.
        event_type: what happened.
        data: JSON-ready particulars.
        subtype: which kind of it.
        entity_type: kind of thing it happened to.
        entity_id: which one.
        source: who says so.
        processing_time_ms: how long it took, in milliseconds.
        at: when it happened; the transaction's time when left out.

    Returns:
        Id of the event.

    Raises:
        Invalid: an unknown type, particulars that are not JSON, a time out of range.
    """
    at = at or tx.now()
    event_id = uuid7(at)
    partitions.ensure(tx, TABLE, [at])
    tx.execute(
        _INSERT,
        {
            "id": event_id,
            "event_type": str(event_type),
            "subtype": subtype,
            "at": at,
            "source": source,
            "entity_type": entity_type,
            "entity_id": None if entity_id is None else str(entity_id),
            "data": _document(data, "data"),
            "user_id": _user(tx),
            "processing_time_ms": processing_time_ms,
            "metadata": json.dumps(_actor(tx)),
        },
    )
    tx.notify("events")
    return event_id


def emit_many(tx: Tx, columns: Mapping[str, Sequence[Any]]) -> int:
    """Write many events given as columns; all of them or none.

    Args:
        tx: transaction.
        columns: name -> values, all of one length. `event_type` and `event_data` (dicts) are
            needed; `event_subtype`, `timestamp`, `source_system`, `entity_type`, `entity_id`,
            `session_id` and `processing_time_ms` may be left out.

    Returns:
        How many events were written.

    Raises:
        Invalid: a column is missing or unknown, or a value is wrong.
    """
    for name in ("event_type", "event_data"):
        if name not in columns:
            raise Invalid("events need this column", field=name)
    if unknown := sorted(set(columns) - set(COLUMNS)):
        raise Invalid("events have no such column", field=unknown[0], allowed=list(COLUMNS))
    n = len(columns["event_type"])
    if n == 0:
        return 0
    times = [at or tx.now() for at in columns.get("timestamp", [None] * n)]
    rows: dict[str, Sequence[Any]] = {
        "source_system": ["everlearn"] * n,
        **columns,
        "event_type": [_type(value, i) for i, value in enumerate(columns["event_type"])],
        "event_data": [
            _document(value, f"event_data[{i}]").encode()
            for i, value in enumerate(columns["event_data"])
        ],
        "timestamp": times,
        "id": [uuid7(at) for at in times],
        "user_id": [_user(tx)] * n,
        "metadata": [_actor(tx)] * n,
    }
    partitions.ensure(tx, TABLE, times)
    written = bulk.insert_many(tx, TABLE, rows)
    tx.notify("events")
    return written


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


def refresh_daily_metrics(tx: Tx) -> list[date]:
    """Compute daily_learning_metrics anew for the days whose events changed, and only for those.

    Nothing is lost to events that are written meanwhile: a note of a stale day and its events
    become visible together, so an event that this refresh does not see has a note that it leaves.

    Returns:
        The days, in order.
    """
    # One refresh of a tenant at a time: the later one must not be overtaken by an older count.
    tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        {"name": f"everlearn.daily_learning_metrics.{tx.tenant_id}"},
    )
    days = list(tx.execute(_TAKE_STALE).scalars())
    for day in days:
        # As values, not computed in SQL, so that the plan holds the day's partition alone.
        from_at = datetime.combine(day, time(), UTC)
        until = from_at + timedelta(days=1)
        tx.execute(_REFRESH, {"day": day, "from_at": from_at, "until": until, "now": tx.now()})
    if days:
        tx.notify("events")
    return days


def _read_cursor(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    if not cursor:
        return None, None
    at, _, event_id = cursor.partition(" ")
    try:
        return datetime.fromisoformat(at), UUID(event_id)
    except ValueError as error:
        raise Invalid("this is not a cursor that Everlearn gave out", field="cursor") from error


def _type(value: EventType | str, position: int) -> str:
    try:
        return EventType(value).value
    except ValueError as error:
        raise Invalid(
            f"{value!r} is no type of event",
            field=f"event_type[{position}]",
            allowed=[each.value for each in EventType],
        ) from error


def _document(data: Mapping[str, Any], field: str) -> str:
    try:
        return json.dumps(dict(data), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Invalid(f"not a JSON object: {error}", field=field) from error


def _user(tx: Tx) -> str | None:
    return str(tx.actor.user_id) if tx.actor.user_id else None


def _actor(tx: Tx) -> dict[str, str]:
    return {"actor": tx.actor.name, "actor_kind": tx.actor.kind}
