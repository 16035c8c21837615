"""The stream of events as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.ingest import Batch, Ingested
from everlearn.core.ingest.rest import add_route
from everlearn.core.rest import ReadTxDep, TxDep, decode_cursor, encode_cursor
from everlearn.core.tx import Tx
from everlearn.modules.events import service
from everlearn.modules.events.types import DayOfEvents, Event, EventType, HourOfEvents

router = APIRouter(tags=["events"])

SHARES = (0.5, 0.95, 0.99)
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
    """The id of an event that was written."""

    id: UUID


class Events(BaseModel):
    """Some events, newest first, and the cursor of the next page."""

    items: list[Event]
    next_cursor: str | None


class Quantile(BaseModel):
    """A quantile; no number when no event says how long it took."""

    share: float
    milliseconds: float | None


class Quantiles(BaseModel):
    """How many events there were and how long they took, at most 1 % off."""

    event_count: int
    avg_processing_time: float | None
    quantiles: list[Quantile]


@router.get("/v1/events", summary="List events")
def list_events(  # noqa: PLR0917 - FastAPI calls it by name
    tx: ReadTxDep,
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


def _write(tx: Tx, batch: Batch, all_: bool) -> Ingested:  # noqa: FBT001 - as a route calls it
    return service.ingest(tx, batch, all_or_nothing=all_, source="api")


add_route(
    router,
    service.SHAPE,
    _write,
    about="An event is known by its `id`, a uuid of version 7: sent again it is a duplicate. Its"
    " time is the millisecond that the id says. An event without an `id` is given one of its"
    " `timestamp`, and is another event each time it is sent.",
)


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


@router.get("/v1/events/days", summary="Count events by day")
def days_of_events(
    tx: TxDep, since: date, until: date, event_type: EventType | None = None
) -> list[DayOfEvents]:
    """Give each day (UTC) that had events from `since` until the day before `until`."""
    return service.days_of_events(tx, since=since, until=until, event_type=event_type)


@router.get("/v1/events/hours", summary="Count events by hour and type")
def hours_of_events(
    tx: TxDep, since: AwareDatetime, until: AwareDatetime, event_type: EventType | None = None
) -> list[HourOfEvents]:
    """Give how many events of each type each hour had, of the hours that begin in this time."""
    return service.hours_of_events(tx, since=since, until=until, event_type=event_type)


@router.get("/v1/events/quantiles", summary="Quantiles of the processing time of events")
def quantiles_of_events(
    tx: TxDep,
    since: date,
    until: date,
    share: Annotated[list[float], Query(max_length=20, default_factory=lambda: list(SHARES))],
    event_type: EventType | None = None,
) -> Quantiles:
    """Give quantiles over the days (UTC) from `since` until the day before `until` together."""
    found = service.quantiles_of_events(
        tx, since=since, until=until, shares=share, event_type=event_type
    )
    return Quantiles(
        event_count=found.event_count,
        avg_processing_time=found.avg_processing_time,
        quantiles=[Quantile(share=s, milliseconds=ms) for s, ms in found.quantiles.items()],
    )
