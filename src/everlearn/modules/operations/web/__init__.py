"""The pages of jobs and of the archive."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import jobs, web
from everlearn.core.jobs import JobStatus
from everlearn.core.rest import PrincipalDep, TxDep, require_role
from everlearn.modules.operations import service
from everlearn.modules.operations.web import health, metrics

router = APIRouter()
router.include_router(health.router)
router.include_router(metrics.router)

PAGE = 50
FILES = 1_000


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


@router.get("/operations/archive")
def archive(request: Request, who: PrincipalDep, tx: TxDep) -> Response:
    """Show the files of the archive and the legal holds."""
    return web.page(
        request,
        "operations/archive.html",
        title="Archive",
        active="operations",
        now=tx.now(),
        is_admin=who.role == "admin",
        totals=service.archive_totals(tx),
        files=service.list_files(tx, limit=FILES),
        holds=service.holds(tx),
        tables=service.retained_tables(tx),
    )


@router.post("/operations/archive/hold", dependencies=[require_role("admin")])
def hold(
    tx: TxDep, table: Annotated[str, Form()], reason: Annotated[str | None, Form()] = None
) -> Response:
    """Hold a table and show the archive."""
    service.hold(tx, [table], reason=reason or None)
    return RedirectResponse("/operations/archive#holds", status_code=303)


@router.post("/operations/archive/release", dependencies=[require_role("admin")])
def release(tx: TxDep, table: Annotated[str, Form()]) -> Response:
    """Release a table and show the archive."""
    service.release(tx, [table])
    return RedirectResponse("/operations/archive#holds", status_code=303)
