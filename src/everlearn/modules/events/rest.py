"""The stream of events as JSON."""

from __future__ import annotations

from datetime import date, datetime
from threading import BoundedSemaphore
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.errors import Invalid
from everlearn.core.rest import (
    PrincipalDep,
    ReadTxDep,
    TxDep,
    database_of,
    decode_cursor,
    encode_cursor,
)
from everlearn.modules.events import service
from everlearn.modules.events.errors import Busy, TooManyEvents, UnknownFormat
from everlearn.modules.events.types import (
    DayOfEvents,
    Event,
    EventType,
    HourOfEvents,
    Ingested,
    Refusal,
)

router = APIRouter(tags=["events"])

MAX_BATCH = 10_000
SHARES = (0.5, 0.95, 0.99)
MEDIA_TYPES = ("application/json", "application/x-ndjson", "application/vnd.apache.arrow.stream")
#: Batches that a process writes at once; more would only wait for its connections and cores.
MAX_WRITERS = 4
_writers = BoundedSemaphore(MAX_WRITERS)
_REFUSED: dict[str, object] = {"status": "refused", "id": None}
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


class Item(BaseModel):
    """What became of one event of a batch."""

    status: Literal["accepted", "duplicate", "refused"]
    id: UUID | None


class BatchAnswer(BaseModel):
    """What became of a batch: counts, who was refused and why, and each event in its place."""

    accepted: int
    duplicates: int
    refused: list[Refusal]
    items: list[Item]


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


async def _body(request: Request, _: PrincipalDep) -> bytes:
    return await request.body()


@router.post(
    "/v1/events:batch",
    summary="Write events",
    response_model=BatchAnswer,
    openapi_extra={
        "requestBody": {"required": True, "content": {kind: {} for kind in MEDIA_TYPES}}
    },
)
def write_batch(
    request: Request,
    who: PrincipalDep,
    body: Annotated[bytes, Depends(_body)],
    all_: Annotated[  # noqa: FBT002 - FastAPI calls it by name
        bool, Query(alias="all", description="Write every event, or none when one is refused.")
    ] = False,
) -> Response:
    """Write many events; each is accepted, a duplicate, or refused with a field and a reason.

    What is answered as accepted is committed. An event is known by its `id`, a uuid of version 7,
    and its `timestamp`, which is that of the id when left out: sent again it is a duplicate. An
    event without an `id` is given one, and is another event each time it is sent.
    """
    if not _writers.acquire(blocking=False):
        msg = f"{MAX_WRITERS} batches are being written already"
        raise Busy(msg, retry_after_s=1)
    try:
        batch = _read(request, body)
        if batch.size > MAX_BATCH:
            msg = f"a body has at most {MAX_BATCH} events, this one {batch.size}"
            raise TooManyEvents(msg, field="body")
        if not batch.size:
            raise Invalid("the body has no events", field="body")
        # Not TxDep: no connection waits for a body that comes slowly.
        with database_of(request).tx(who.tenant_id, actor=who.actor) as tx:
            done = service.ingest(tx, batch, all_or_nothing=all_, source="api")
    finally:
        _writers.release()
    return Response(_answer(done), media_type="application/json")


def _read(request: Request, body: bytes) -> service.Batch:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise UnknownFormat("the body is compressed", field="content-encoding")
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/json":
        return service.read_json(body)
    if kind == "application/x-ndjson":
        return service.read_lines(body)
    if kind == "application/vnd.apache.arrow.stream":
        return service.read_stream(body, most=MAX_BATCH)
    raise UnknownFormat(field="content-type", got=kind[:100], allowed=list(MEDIA_TYPES))


def _answer(done: Ingested) -> bytes:
    again = set(done.duplicate_at)
    items = []
    for index, id_ in enumerate(done.ids):
        if id_ is None:
            items.append(_REFUSED)
        else:
            items.append({"status": "duplicate" if index in again else "accepted", "id": id_})
    return msgspec.json.encode(
        {
            "accepted": done.accepted,
            "duplicates": done.duplicates,
            "refused": done.refused,
            "items": items,
        }
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
