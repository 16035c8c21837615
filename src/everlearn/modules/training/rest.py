"""REST surface of training."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from everlearn.core.reading import Rows
from everlearn.core.rest import PageOf, PagingDep, PrincipalDep, TxDep, id_cursor
from everlearn.core.rest_rows import BOTH, Limit, page, reading, stream, wants_arrow
from everlearn.modules.registry import service as registry
from everlearn.modules.training import service
from everlearn.modules.training.types import TrainingJob, TriggerReason

router = APIRouter(tags=["training"])


class StartBody(BaseModel):
    """Why to train, and what differs this once."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    reason: TriggerReason = Field(TriggerReason.MANUAL, description="Why.")
    params: dict[str, Any] = Field(
        default_factory=dict, description="What differs from the model's own params this once."
    )


@router.post("/v1/models/{name}/training", status_code=202, summary="Start a training job")
def start(tx: TxDep, name: str, body: StartBody) -> TrainingJob:
    """Queue a fit of a new version; while one of the model is open, that one is given."""
    model = registry.get_model(tx, name)
    return service.start(tx, model.id, reason=body.reason, params=body.params)


@router.get("/v1/models/{name}/training", summary="List a model's training jobs")
def list_jobs(tx: TxDep, name: str, paging: PagingDep) -> list[TrainingJob]:
    """Give the training jobs of a model, newest first."""
    model = registry.get_model(tx, name)
    found = service.list_jobs(tx, model_id=model.id, limit=paging.limit + 1, before=paging.id)
    return paging.page(found, lambda job: job.id)


@router.get(
    "/v1/models/{name}/training_set",
    summary="Read what a model learns from",
    response_model=PageOf,
    responses=BOTH,
)
def training_set(
    *,
    request: Request,
    who: PrincipalDep,
    name: str,
    until: Annotated[AwareDatetime | None, Query(description="Labels known by then count.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="as_of from then on.")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
) -> Any:
    """Give vectors with their labels in order of time: a page of JSON, or all as an Arrow stream.

    Send `Accept: application/vnd.apache.arrow.stream` for the stream; `limit` is of pages only.
    """
    opened = reading(request, who)
    with opened() as tx:
        plan = service.set_rows(tx, name, until=until, since=since, after=id_cursor(cursor))
    rows = Rows(plan, opened)
    return stream(rows) if wants_arrow(request) else page(rows, limit=limit)


@router.get("/v1/training/{job_id}", summary="Get a training job")
def get_job(tx: TxDep, job_id: UUID) -> TrainingJob:
    """Give a training job with its progress."""
    return service.get_job(tx, job_id)


@router.post("/v1/training/{job_id}/cancel", summary="Cancel a training job")
def cancel(tx: TxDep, job_id: UUID) -> TrainingJob:
    """Cancel at once when it waits, at its next sign of progress when it runs."""
    return service.cancel(tx, job_id)
