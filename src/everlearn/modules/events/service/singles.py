"""Takes one event from outside, and writes those that came meanwhile in one statement.

An event is checked when it comes, so that what shares a statement is right but for what only the
database finds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from everlearn.core import ingest as bulk
from everlearn.core import partitions
from everlearn.core.errors import Invalid
from everlearn.core.ids import time_of, uuid7
from everlearn.core.tx import Tx
from everlearn.modules.events.service.batch import (
    SHAPE,
    TABLE,
    actor_of,
    in_milliseconds,
    in_utc,
    user_of,
)
from everlearn.modules.events.service.ingesting import AHEAD, EARLIEST, OTHER_TIME, TOO_FAR

_LATEST_ID_MS = 253_402_300_799_000  # the end of the year 9999, in which Python's time ends
#: JSON, not an array for each column: the database decodes it, which has been checked, in less time
#: than it takes to write the arrays here.
_INSERT = f"""
INSERT INTO {TABLE} (tenant_id, id, event_type, event_subtype, timestamp, source_system,
  entity_type, entity_id, event_data, user_id, session_id, processing_time_ms, metadata)
SELECT CAST(%(tenant_id)s AS uuid), r.id, r.event_type, r.event_subtype, r.timestamp,
  r.source_system, r.entity_type, r.entity_id, r.event_data,
  coalesce(r.user_id, CAST(%(user_id)s AS text)), r.session_id, r.processing_time_ms,
  coalesce(r.metadata, '{{}}') || CAST(%(actor)s AS jsonb)
FROM json_to_recordset(CAST(%(rows)s AS json)) AS r (id uuid, event_type text, event_subtype text,
  timestamp timestamptz, source_system text, entity_type text, entity_id text, event_data jsonb,
  user_id text, session_id text, processing_time_ms double precision, metadata jsonb)
ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Single:
    """A checked event: its key, and the whole of it as JSON."""

    id: UUID
    timestamp: datetime
    row: bytes


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event: it is new, or was there already."""

    id: UUID
    status: Literal["accepted", "duplicate"]


def read_single(body: bytes, *, now: datetime, source: str) -> Single:
    """Check one event, as JSON, and fill in what it leaves out.

    Args:
        body: the event.
        now: its time when it has neither a time nor an id.
        source: its sender when it names none.

    Raises:
        Invalid: it is not JSON or no event; `field` says where.
    """
    event = bulk.read_one(SHAPE, body)
    id_, at = _complete(event, now)
    event.id, event.timestamp = str(id_), at
    if event.source_system is None:
        event.source_system = source
    return Single(id_, at, msgspec.json.encode(event))


def write_singles(tx: Tx, items: Sequence[Single]) -> list[Fate]:
    """Write events; give for each whether it is new, in order."""
    ordered = sorted(items, key=lambda item: item.id.int)  # so that two writers never block both
    partitions.ensure(tx, TABLE, {item.timestamp for item in items})
    rows = b"[" + b",".join([item.row for item in ordered]) + b"]"
    params = {
        "tenant_id": tx.tenant_id,
        "user_id": user_of(tx),
        "actor": json.dumps(actor_of(tx)),
        "rows": rows.decode(),
    }
    # The driver itself: what SQLAlchemy adds is much where a few events share it.
    new = {id_.int for (id_,) in tx.driver.execute(_INSERT, params)}
    fates = []
    for item in items:
        fates.append(Fate(item.id, "accepted" if item.id.int in new else "duplicate"))
        new.discard(item.id.int)  # the second of twins is a duplicate of the first
    return fates


def _complete(event: Any, now: datetime) -> tuple[UUID, datetime]:
    """Give an event's id and time, of which each follows from the other."""
    at = None if event.timestamp is None else in_milliseconds(in_utc(event.timestamp))
    if event.id is None:
        at = at or in_milliseconds(now)
        _refuse_far(at, now, "timestamp")
        return uuid7(at), at
    try:
        id_ = UUID(event.id)
    except ValueError:
        raise Invalid("not a uuid", field="id") from None
    if not (id_.int >> 76 & 0xF == 7 and id_.int >> 62 & 0x3 == 2):
        raise Invalid("not a uuid of version 7", field="id")
    late = id_.int >> 80 >= _LATEST_ID_MS
    said = datetime.max.replace(tzinfo=UTC) if late else time_of(id_)
    if at is not None and at != said:
        raise Invalid(OTHER_TIME, field="timestamp")
    _refuse_far(said, now, "id")
    return id_, said


def _refuse_far(at: datetime, now: datetime, field: str) -> None:
    if not EARLIEST <= at <= now + AHEAD:
        raise Invalid(TOO_FAR, field=field)
