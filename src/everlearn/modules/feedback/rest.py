"""REST surface of feedback."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from everlearn.core.errors import Invalid
from everlearn.core.ingest import Batch, Ingested
from everlearn.core.ingest import rest as ingest
from everlearn.core.ingest.rest import BatchAnswer
from everlearn.core.rest import PagingDep, Principal, PrincipalDep, ReadTxDep, TxDep, database_of
from everlearn.core.tx import Tx
from everlearn.modules.feedback import service
from everlearn.modules.feedback.types import (
    DayOfFeedback,
    FeedbackType,
    HourOfFeedback,
    ItemStatus,
    OnError,
    Outcome,
    Verdict,
)

router = APIRouter(tags=["feedback"])
MAX_ITEMS = 10_000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class OutcomeIn(_Body):
    """What really happened, of one prediction or of one entity of a model."""

    prediction_id: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None,
        description="The prediction, by its id or its client's own; or else model and entity.",
    )
    model: str | None = Field(None, description="Name of the model.")
    entity_id: str | None = Field(None, description="What it predicted about.")
    value: float = Field(description="0 or 1 for a binary task, else a finite number.")
    happened_at: AwareDatetime | None = Field(None, description="When; `known_at` if left out.")
    known_at: AwareDatetime | None = Field(None, description="When we learned it; now if left out.")
    further: dict[str, float] | None = Field(
        None, description="What else happened, by name, of a client's prediction of several things."
    )


class ItemIn(_Body):
    """One outcome of a batch. Its content is judged item by item."""

    entity_id: Any = Field(description="What the model predicted about; a text.")
    value: Any = Field(description="0 or 1 for a binary task, else a finite number.")
    happened_at: AwareDatetime | None = None
    known_at: AwareDatetime | None = None


class BatchIn(_Body):
    """Outcomes of one model."""

    model: str = Field(description="Name of the model.")
    items: list[ItemIn] = Field(min_length=1, max_length=MAX_ITEMS)
    on_error: OnError = Field(
        "refuse_all", description="refuse_all writes nothing when an item is wrong."
    )


class ItemOut(BaseModel):
    """The answer to one item."""

    entity_id: Any
    status: ItemStatus
    problem: dict[str, Any] | None = Field(description="What is wrong with it, if anything.")


class BatchOut(BaseModel):
    """What a batch did."""

    new: int = Field(description="Predictions closed now, live and shadow.")
    duplicates: int = Field(description="Outcomes that were known already.")
    refused: int = Field(description="Items that were not taken.")
    items: list[ItemOut]


class VerdictIn(_Body):
    """Somebody's opinion of one answer."""

    prediction_id: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="The prediction, by its id or by the one its client gave it."
    )
    feedback_type: FeedbackType
    feedback_score: Annotated[float, Field(ge=0, le=1)] | None = None
    accuracy_rating: Annotated[float, Field(ge=0, le=5)] | None = None
    correct_label: bool | None = None
    comments: Annotated[str, Field(max_length=10_000)] | None = None
    user_id: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    user_role: Annotated[str, Field(min_length=1, max_length=255)] | None = None


@router.post("/v1/outcomes", summary="Say what really happened")
def resolve(body: OutcomeIn, tx: TxDep) -> Outcome:
    """Close the predictions about an entity; the same outcome again changes nothing."""
    return service.resolve(tx, **body.model_dump())


@router.post(
    "/v1/outcomes:batch",
    summary="Say what really happened, many at once",
    response_model=BatchAnswer | BatchOut,
    openapi_extra={
        "requestBody": {"required": True, "content": {kind: {} for kind in ingest.MEDIA_TYPES}}
    },
)
async def resolve_many(
    request: Request,
    who: PrincipalDep,
    all_: Annotated[  # noqa: FBT002 - FastAPI calls it by name
        bool, Query(alias="all", description="Write every item, or none when one is refused.")
    ] = False,
) -> Response:
    """Close many predictions; each item is accepted, a duplicate, or refused with a reason.

    The body is a list of outcomes, `{"outcomes": [...]}`, an outcome a line (NDJSON), or an Arrow
    IPC stream. Each names its prediction by `prediction_id`, or by `model` and `entity_id`; late,
    in any order and twice is all the same, and one that contradicts what is stored is refused. A
    body `{"model": ..., "items": [...], "on_error": ...}` names the model once, and is answered
    with the problem of each item.
    """
    gate = ingest.gate_of(request)
    with gate:
        body = await ingest.read_body(request)
        told = await to_thread.run_sync(_resolved, request, who, body, all_, limiter=gate.limiter)
    return Response(told, media_type="application/json")


def _resolved(request: Request, who: Principal, body: bytes, all_: bool) -> bytes:  # noqa: FBT001 - as above
    kind = request.headers.get("content-type", "application/json")
    if kind.startswith("application/json") and body.lstrip()[:1] == b"{" and b'"items"' in body:
        return _resolve_items(request, who, body)
    batch = ingest.read(service.OUTCOMES, request, body, ingest.MAX_BATCH)
    with database_of(request).tx(who.tenant_id, actor=who.actor) as tx:
        done = service.take_outcomes(tx, batch, all_or_nothing=all_)
    return ingest.answer(done)


def _resolve_items(request: Request, who: Principal, body: bytes) -> bytes:
    """Take outcomes of one model, in the form that names it once."""
    try:
        given = BatchIn.model_validate(json.loads(body))
    except ValidationError as error:
        wrong = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(wrong) from error
    except (ValueError, RecursionError) as error:
        raise Invalid("the body is not JSON", field="body") from error
    with database_of(request).tx(who.tenant_id, actor=who.actor) as tx:
        done = service.resolve_many(
            tx,
            given.model,
            entity_ids=[item.entity_id for item in given.items],
            values=[item.value for item in given.items],
            happened_at=_times([item.happened_at for item in given.items]),
            known_at=_times([item.known_at for item in given.items]),
            on_error=given.on_error,
        )
    items = [
        ItemOut(
            # A wrong item may hold what JSON cannot, such as NaN.
            entity_id=item.entity_id if isinstance(item.entity_id, str) else str(item.entity_id),
            status=item.status,
            problem=item.problem,
        )
        for item in done.items
    ]
    refused = sum(not item.status.good for item in done.items)
    told = BatchOut(new=done.new, duplicates=done.duplicates, refused=refused, items=items)
    return told.model_dump_json().encode()


def _take_feedback(tx: Tx, batch: Batch, all_: bool) -> Ingested:  # noqa: FBT001 - as a route calls it
    return service.take_feedback(tx, batch, all_or_nothing=all_)


ingest.add_route(
    router,
    service.FEEDBACK,
    _take_feedback,
    about="One is known by its `feedback_id`, and by user, prediction and type.",
)


def _times(column: list[datetime | None]) -> list[datetime | None] | None:
    return column if any(column) else None


@router.post("/v1/feedback", status_code=201, summary="Give a verdict on a prediction")
def record(body: VerdictIn, tx: TxDep) -> Verdict:
    """Keep an opinion of an answer; it does not close the prediction."""
    return service.record_feedback(tx, **body.model_dump())


class LatencyQuantile(BaseModel):
    """A quantile; no number when no feedback names a prediction."""

    share: float
    latency_s: float | None


class FeedbackQuantiles(BaseModel):
    """How much feedback there was and how long after its answers it came, at most 1 % off."""

    n_feedback: int
    quantiles: list[LatencyQuantile]


@router.get("/v1/feedback/hours", summary="Count feedback by hour and type")
def hours_of_feedback(
    tx: ReadTxDep,
    since: AwareDatetime,
    until: AwareDatetime,
    feedback_type: FeedbackType | None = None,
) -> list[HourOfFeedback]:
    """Give how much feedback of each type each hour had, of the hours that begin in this time."""
    return service.hours_of_feedback(tx, since=since, until=until, feedback_type=feedback_type)


@router.get("/v1/feedback/days", summary="Count feedback by day and type")
def days_of_feedback(
    tx: ReadTxDep, since: date, until: date, feedback_type: FeedbackType | None = None
) -> list[DayOfFeedback]:
    """Give each day (UTC) that had feedback from `since` until the day before `until`."""
    return service.days_of_feedback(tx, since=since, until=until, feedback_type=feedback_type)


@router.get("/v1/feedback/quantiles", summary="Quantiles of the time from prediction to feedback")
def quantiles_of_feedback(
    tx: ReadTxDep,
    since: date,
    until: date,
    share: Annotated[list[float], Query(max_length=20, default_factory=lambda: [0.5, 0.95, 0.99])],
    feedback_type: FeedbackType | None = None,
) -> FeedbackQuantiles:
    """Give quantiles over the days (UTC) from `since` until the day before `until` together."""
    found = service.quantiles_of_feedback(
        tx, since=since, until=until, shares=share, feedback_type=feedback_type
    )
    return FeedbackQuantiles(
        n_feedback=found.n_feedback,
        quantiles=[LatencyQuantile(share=s, latency_s=x) for s, x in found.latency_s.items()],
    )


@router.get("/v1/feedback", summary="List verdicts, newest first")
def list_(
    tx: TxDep,
    paging: PagingDep,
    *,
    prediction_id: UUID | None = None,
    processed: bool | None = None,
) -> list[Verdict]:
    """Give verdicts, of one prediction when it is named."""
    found = service.list_feedback(
        tx,
        prediction_id=prediction_id,
        processed=processed,
        limit=paging.limit + 1,
        before=paging.id,
    )
    return paging.page(found, lambda verdict: verdict.id)
