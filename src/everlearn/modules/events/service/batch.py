"""What an event may say, and what this process says about every event."""

from __future__ import annotations

from datetime import UTC, datetime

from everlearn.core.ingest import Field, Shape
from everlearn.core.tx import Tx
from everlearn.modules.events.tables import LearningEvent
from everlearn.modules.events.types import EventType

TABLE = str(LearningEvent.__table__)
SHAPE = Shape(
    "events",
    (
        Field("event_type", "word", required=True, words=tuple(each.value for each in EventType)),
        Field("event_data", "json", required=True),
        Field("id", "uuid"),
        Field("timestamp", "time"),
        Field("event_subtype", "text"),
        Field("source_system", "text"),
        Field("entity_type", "text"),
        Field("entity_id", "text"),
        Field("user_id", "text"),
        Field("session_id", "text"),
        Field("processing_time_ms", "number", least=0),
        Field("metadata", "json"),
    ),
)


def in_utc(at: datetime) -> datetime:
    """Give an aware time in UTC, where months begin and end for partitions."""
    if at.tzinfo is UTC:
        return at
    try:
        return at.astimezone(UTC)
    except OverflowError:  # the first or the last day that Python knows; out of range anyway
        return at.replace(tzinfo=UTC)


def in_milliseconds(at: datetime) -> datetime:
    """Give a time as an id can say it."""
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def user_of(tx: Tx) -> str | None:
    """Give the user that events of this transaction name."""
    return str(tx.actor.user_id) if tx.actor.user_id else None


def actor_of(tx: Tx) -> dict[str, str]:
    """Give what the metadata of an event says about who acted."""
    return {"actor": tx.actor.name, "actor_kind": tx.actor.kind}
