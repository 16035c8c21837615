"""The stream of events as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel

from everlearn.core.front import direct, grouped
from everlearn.core.ingest import Batch, Ingested, describe_one
from everlearn.core.ingest.rest import add_route, read_body
from everlearn.core.reading import Rows
from everlearn.core.rest import (
    PrincipalDep,
    ReadTxDep,
    database_of,
    decode_cursor,
    encode_cursor,
    principal,
)
from everlearn.core.rest_rows import ArrowStream, Columns, reading, stream
from everlearn.core.tx import Tx
from everlearn.modules.events import service
from everlearn.modules.events.types import DayOfEvents, Event, EventType, HourOfEvents

router = APIRouter(tags=["events"])

SHARES = (0.5, 0.95, 0.99)


class Written(BaseModel):
    """The id of an event, and whether it is new or was there already."""

    id: UUID
    status: Literal["accepted", "duplicate"]


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


@router.post(
    "/v1/events",
    summary="Write an event",
    status_code=201,
    response_model=Written,
    openapi_extra=describe_one(service.SHAPE),
)
@direct
async def emit(request: Request) -> Response:
    """Write one event; it is durable when it is answered.

    An event is known by its `id`, a uuid of version 7: sent again it is a duplicate. Its time is
    the millisecond that the id says. An event without an `id` is given one of its `timestamp`, and
    is another event each time it is sent.
    """
    who = await principal(request)
    body = await read_body(request)
    event = service.read_single(body, now=database_of(request).clock.now(), source="api")
    done = await grouped(request, who, service.write_singles, event, size=len(body))
    request.app.state.hub.tell(who.tenant_id, "events")
    return Response(msgspec.json.encode(done), 201, media_type="application/json")


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


@router.get(
    "/v1/events:export", summary="Read events as an Arrow stream", response_class=ArrowStream
)
def export(
    *,
    request: Request,
    who: PrincipalDep,
    since: Annotated[AwareDatetime | None, Query(description="From then on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before then.")] = None,
    event_type: Annotated[list[str] | None, Query(description="Only these types.")] = None,
    entity_type: str | None = None,
    entity_id: str | None = None,
    columns: Columns = None,
) -> Response:
    """Give all events of the time in order, as many as there are."""
    opened = reading(request, who)
    with opened() as tx:
        plan = service.event_rows(
            tx,
            since=since,
            until=until,
            types=event_type,
            entity=entity_id,
            entity_type=entity_type,
            columns=columns,
        )
    return stream(Rows(plan, opened))


@router.get("/v1/events/days", summary="Count events by day")
def days_of_events(
    tx: ReadTxDep, since: date, until: date, event_type: EventType | None = None
) -> list[DayOfEvents]:
    """Give each day (UTC) that had events from `since` until the day before `until`."""
    return service.days_of_events(tx, since=since, until=until, event_type=event_type)


@router.get("/v1/events/hours", summary="Count events by hour and type")
def hours_of_events(
    tx: ReadTxDep, since: AwareDatetime, until: AwareDatetime, event_type: EventType | None = None
) -> list[HourOfEvents]:
    """Give how many events of each type each hour had, of the hours that begin in this time."""
    return service.hours_of_events(tx, since=since, until=until, event_type=event_type)


@router.get("/v1/events/quantiles", summary="Quantiles of the processing time of events")
def quantiles_of_events(
    tx: ReadTxDep,
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
