"""REST surface of feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from everlearn.core.rest import TxDep
from everlearn.modules.feedback import service
from everlearn.modules.feedback.types import FeedbackType, ItemStatus, OnError, Outcome, Verdict

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


@router.post("/v1/outcomes:batch", summary="Say what really happened, many at once")
def resolve_many(body: BatchIn, tx: TxDep) -> BatchOut:
    """Take many outcomes of one model; every item is answered."""
    done = service.resolve_many(
        tx,
        body.model,
        entity_ids=[item.entity_id for item in body.items],
        values=[item.value for item in body.items],
        happened_at=_times([item.happened_at for item in body.items]),
        known_at=_times([item.known_at for item in body.items]),
        on_error=body.on_error,
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
    return BatchOut(new=done.new, duplicates=done.duplicates, refused=refused, items=items)


def _times(column: list[datetime | None]) -> list[datetime | None] | None:
    return column if any(column) else None


@router.post("/v1/feedback", status_code=201, summary="Give a verdict on a prediction")
def record(body: VerdictIn, tx: TxDep) -> Verdict:
    """Keep an opinion of an answer; it does not close the prediction."""
    return service.record_feedback(tx, **body.model_dump())


@router.get("/v1/feedback", summary="List verdicts, newest first")
def list_(
    tx: TxDep,
    *,
    prediction_id: UUID | None = None,
    processed: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[Verdict]:
    """Give verdicts, of one prediction when it is named."""
    return service.list_feedback(tx, prediction_id=prediction_id, processed=processed, limit=limit)
