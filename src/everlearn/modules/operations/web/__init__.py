"""The pages of jobs."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import jobs, web
from everlearn.core.jobs import JobStatus
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.modules.operations import service
from everlearn.modules.operations.web import health, metrics

router = APIRouter()
router.include_router(health.router)
router.include_router(metrics.router)

PAGE = 50


@router.get("/operations")
def list_jobs(
    request: Request, who: PrincipalDep, tx: TxDep, before: UUID | None = None
) -> Response:
    """Show what runs, what waits, what failed and what ended."""
    ended = service.list_jobs(tx, statuses=service.ENDED, limit=PAGE + 1, before=before)
    return web.page(
        request,
        "operations/jobs.html",
        title="Jobs",
        active="operations",
        live=True,
        now=tx.now(),
        may_write=who.role != "reader",
        counts=service.count_jobs(tx),
        open_jobs=service.list_jobs(tx, statuses=service.OPEN, limit=200),
        failed=service.list_jobs(tx, statuses=[JobStatus.FAILED], limit=PAGE),
        ended=ended[:PAGE],
        next_href=f"/operations?before={ended[PAGE - 1].id}#ended" if len(ended) > PAGE else None,
    )


@router.get("/operations/jobs/{run_id}")
def one_job(request: Request, who: PrincipalDep, tx: TxDep, run_id: UUID) -> Response:
    """Show one job: its arguments, how far it is, what it gave back or why it failed."""
    job = service.get_job(tx, run_id)
    return web.page(
        request,
        "operations/job.html",
        title=job.name,
        active="operations",
        live=True,
        now=tx.now(),
        may_write=who.role != "reader",
        job=job,
    )


@router.post("/operations/jobs/{run_id}/cancel")
def cancel(tx: TxDep, run_id: UUID) -> Response:
    """Cancel a job and show it."""
    jobs.cancel(tx, run_id)
    return RedirectResponse(f"/operations/jobs/{run_id}", status_code=303)


@router.post("/operations/jobs/{run_id}/retry")
def retry(tx: TxDep, run_id: UUID) -> Response:
    """Queue a job again and show it."""
    jobs.retry(tx, run_id)
    return RedirectResponse(f"/operations/jobs/{run_id}", status_code=303)
