"""The stream of events as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.errors import EverlearnError
from everlearn.core.rest import TxDep, decode_cursor, encode_cursor
from everlearn.modules.events import service
from everlearn.modules.events.types import Event, EventType

router = APIRouter(tags=["events"])

MAX_BATCH = 10_000
Word = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]


class NewEvent(BaseModel):
    """An event to be written."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    event_type: EventType
    event_subtype: Word | None = None
    timestamp: AwareDatetime | None = None
    source_system: Word = "api"
    entity_type: Word | None = None
    entity_id: Word | None = None
    event_data: dict[str, Any]
    processing_time_ms: Annotated[float, Field(ge=0)] | None = None


class Written(BaseModel):
    """The answer for one event: its id, or the problem that kept it out."""

    id: UUID | None = None
    problem: dict[str, Any] | None = None


class Events(BaseModel):
    """Some events, newest first, and the cursor of the next page."""

    items: list[Event]
    next_cursor: str | None


@router.get("/v1/events", summary="List events")
def list_events(  # noqa: PLR0917 - FastAPI calls it by name
    tx: TxDep,
    limit: int = 50,
    cursor: str | None = None,
    event_type: EventType | None = None,
    entity_type: str | None = None,
    entity_id: str | None = None,
) -> Events:
    """Give events, newest first."""
    page = service.list_events(
        tx,
        limit=limit,
        cursor=decode_cursor(cursor),
        event_type=event_type,
        entity_type=entity_type,
        entity_id=entity_id,
    )
    after = page.next_cursor
    return Events(items=page.items, next_cursor=encode_cursor(after) if after else None)


@router.post("/v1/events", summary="Write an event", status_code=201)
def emit(tx: TxDep, body: NewEvent) -> Written:
    """Write one event."""
    return Written(id=_emit(tx, body))


@router.post("/v1/events:batch", summary="Write events")
def emit_batch(
    tx: TxDep, body: Annotated[list[NewEvent], Field(min_length=1, max_length=MAX_BATCH)]
) -> list[Written]:
    """Write events and answer each in its place; one that is refused does not keep others out."""
    answers = []
    for event in body:
        try:
            with tx.savepoint():
                answers.append(Written(id=_emit(tx, event)))
        except EverlearnError as error:
            if error.retryable:
                raise
            answers.append(Written(problem=error.to_problem()))
    return answers


def _emit(tx: TxDep, event: NewEvent) -> UUID:
    at: datetime | None = event.timestamp
    return service.emit(
        tx,
        event.event_type,
        subtype=event.event_subtype,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        data=event.event_data,
        source=event.source_system,
        processing_time_ms=event.processing_time_ms,
        at=at,
    )
