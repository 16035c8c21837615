"""Emits events from inside Everlearn: one, or many of a service's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from everlearn.core import bulk, partitions
from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.events.service.batch import (
    TABLE,
    actor_of,
    in_milliseconds,
    in_utc,
    user_of,
)
from everlearn.modules.events.types import EventType

#: Columns that `emit_many` takes; the others are filled in.
_COLUMNS = (
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
    at = _aware(at or tx.now())
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
            "user_id": user_of(tx),
            "processing_time_ms": processing_time_ms,
            "metadata": json.dumps(actor_of(tx)),
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
    if unknown := sorted(set(columns) - set(_COLUMNS)):
        raise Invalid("events have no such column", field=unknown[0], allowed=list(_COLUMNS))
    n = len(columns["event_type"])
    if n == 0:
        return 0
    times = [_aware(at or tx.now()) for at in columns.get("timestamp", [None] * n)]
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
        "user_id": [user_of(tx)] * n,
        "metadata": [actor_of(tx)] * n,
    }
    partitions.ensure(tx, TABLE, times)
    written = bulk.insert_many(tx, TABLE, rows)
    tx.notify("events")
    return written


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


def _aware(at: datetime) -> datetime:
    """Give a time in UTC, as the event's id can say it: the id alone is to tell the event."""
    if at.tzinfo is None:
        raise Invalid("a time needs its zone; add tzinfo=UTC", field="at")
    return in_milliseconds(in_utc(at))
