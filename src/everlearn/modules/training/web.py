"""Pages of training: all jobs, and one with its loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import web
from everlearn.core.rest import PrincipalDep, TxDep
from everlearn.modules.registry import service as registry
from everlearn.modules.training import service
from everlearn.modules.training.service import OPEN
from everlearn.modules.training.types import TrainingJob, TriggerReason

router = APIRouter()


@dataclass(frozen=True, slots=True)
class _Line:
    """A job as the pages show it."""

    job: TrainingJob
    loss: float | None
    auc: float | None
    rows: int | None
    took: timedelta | None

    @property
    def id(self) -> str:
        return str(self.job.id)

    @property
    def is_open(self) -> bool:
        return self.job.status in OPEN

    @property
    def has_note(self) -> bool:
        return bool(self.job.error or (self.is_open and self.job.note))


def _line(job: TrainingJob) -> _Line:
    metrics = job.metrics or {}
    # The clock of a replay stands while a job runs; what a watch said is in the resources.
    seconds = (job.resources or {}).get("seconds")
    return _Line(
        job=job,
        loss=metrics.get("log_loss", metrics.get("mse")),
        auc=metrics.get("auc"),
        rows=(job.dataset or {}).get("rows"),
        took=None if seconds is None else timedelta(seconds=seconds),
    )


@router.get("/training")
def jobs_page(request: Request, who: PrincipalDep, tx: TxDep, model: str | None = None) -> Response:
    """Show training jobs, of one model when its name is given."""
    models = registry.list_models(tx)
    chosen = registry.get_model(tx, model) if model else None
    found = service.list_jobs(tx, model_id=chosen.id if chosen else None)
    return web.page(
        request,
        "training/jobs.html",
        title="Training",
        active="training",
        live=True,
        now=tx.now(),
        lines=[_line(job) for job in found],
        models=models,
        chosen=chosen.name if chosen else "",
        may_start=who.role != "reader",
    )


@router.post("/training/start")
def start(tx: TxDep, who: PrincipalDep, model: Annotated[str, Form()]) -> Response:  # noqa: ARG001 - signs in
    """Queue a fit."""
    found = registry.get_model(tx, model)
    job = service.start(tx, found.id, reason=TriggerReason.MANUAL)
    return RedirectResponse(f"/training/jobs/{job.id}", status_code=303)


@router.get("/training/jobs/{job_id}")
def job_page(request: Request, who: PrincipalDep, tx: TxDep, job_id: UUID) -> Response:
    """Show one job: what it read, how its loss went, what it made."""
    job = service.get_job(tx, job_id)
    return web.page(
        request,
        "training/job.html",
        title=f"Training of {job.model}",
        active="training",
        live=True,
        now=tx.now(),
        line=_line(job),
        job=job,
        losses=service.loss_history(tx, job_id),
        may_cancel=who.role != "reader",
    )


@router.post("/training/jobs/{job_id}/cancel")
def cancel(tx: TxDep, who: PrincipalDep, job_id: UUID) -> Response:  # noqa: ARG001 - signs in
    """Cancel a job."""
    service.cancel(tx, job_id)
    return RedirectResponse(f"/training/jobs/{job_id}", status_code=303)
