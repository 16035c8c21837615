"""Tables of the events module."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Json, Millis, Moment, Name, Words, choice, column
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.events.types import EventType


class LearningEvent(
    Row,
    module="events",
    policy=Policy(
        rows="tenant",
        append_only=True,
        hot=True,
        partition=By("timestamp", "month"),
        keep_days=730,
    ),
):
    """Event stream of the learning system."""

    __tablename__ = "learning_events"
    __table_args__ = (
        Index("ix_learning_events_timestamp", "tenant_id", "timestamp", "id"),
        Index("ix_learning_events_type", "tenant_id", "event_type", "timestamp", "id"),
        Index("ix_learning_events_entity", "tenant_id", "entity_type", "entity_id", "timestamp"),
    )

    event_type: Mapped[Words] = choice(EventType, "What happened.")
    event_subtype: Mapped[Name | None] = column("Which kind of it, in the sender's words.")
    timestamp: Mapped[Moment] = column("When it happened.", primary_key=True, default="now()")
    source_system: Mapped[Name | None] = column("Who sent it; everlearn for our own.")
    entity_type: Mapped[Name | None] = column("Kind of thing it happened to, such as model.")
    entity_id: Mapped[Name | None] = column("Which one.")
    event_data: Mapped[Json] = column("Particulars.")
    user_id: Mapped[Words | None] = column("User on whose behalf it happened, if any.")
    session_id: Mapped[Words | None] = column("Session it belongs to, if any.")
    processing_time_ms: Mapped[Millis | None] = column("How long it took, in milliseconds.")
    meta: Mapped[Json | None] = column("Who acted, and anything else.", name="metadata")
