"""Cancel and retry jobs; set how long rows are kept. Lists come from the tables' `expose`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from everlearn.core import jobs
from everlearn.core.rest import TxDep, require_role
from everlearn.modules.operations import service
from everlearn.modules.operations.rest import archive, metrics, watching
from everlearn.modules.operations.types import ArchiveStrategy, JobView

router = APIRouter(tags=["operations"])
router.include_router(metrics.router)
router.include_router(watching.router)
router.include_router(archive.router)


class Retention(BaseModel):
    """How long rows of a table are kept."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=36_500)]
    archive_strategy: ArchiveStrategy | None = None
    legal_hold: bool | None = None


@router.post("/v1/job_runs/{run_id}/cancel", summary="Cancel a job")
def cancel(tx: TxDep, run_id: UUID) -> JobView:
    """Cancel a job: at once when it waits, at its next sign of progress when it runs."""
    jobs.cancel(tx, run_id)
    return service.get_job(tx, run_id)


@router.post("/v1/job_runs/{run_id}/retry", summary="Queue a job again")
def retry(tx: TxDep, run_id: UUID) -> JobView:
    """Queue a failed or cancelled job again, from its beginning."""
    jobs.retry(tx, run_id)
    return service.get_job(tx, run_id)


@router.put(
    "/v1/data_retention_policies/{table}",
    summary="Set how long rows of a table are kept",
    dependencies=[require_role("admin")],
)
def set_retention(tx: TxDep, table: str, body: Retention) -> dict[str, Any]:
    """Keep the tenant's rows of a table (schema.table) this long; the last setting holds."""
    service.set_retention(
        tx, table, days=body.days, strategy=body.archive_strategy, legal_hold=body.legal_hold
    )
    return {"table": table, **body.model_dump()}
