"""The job that fits a version: read, fit, measure, fit again, register."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from everlearn.core.errors import EverlearnError
from everlearn.core.jobs import Cancelled, JobRunner, JobStatus, job
from everlearn.core.settings import settings

if TYPE_CHECKING:
    from everlearn.modules.registry.types import Version

#: Signs of progress within one fit; each is a transaction, and a chance to be cancelled.
_SIGNS = 10


@job("training.fit")
def fit(run: JobRunner) -> dict[str, Any]:
    """Fit a version for the training job named in `training_job_id`.

    Killed at any point and run again, it reads the same rows, fits the same text and registers one
    version. An error is recorded on the training job before it reaches the queue.
    """
    from everlearn.modules.training.service import fitting

    job_id = UUID(run.args["training_job_id"])
    try:
        version = _fit(run, job_id)
    except Cancelled as error:
        with run.tx() as tx:
            fitting.end(tx, job_id, status=JobStatus.CANCELLED, error=str(error))
        raise
    except Exception as error:
        if not getattr(error, "retryable", False):
            said = str(error) if isinstance(error, EverlearnError) else type(error).__name__
            with run.tx() as tx:
                fitting.end(tx, job_id, status=JobStatus.FAILED, error=said)
        raise
    return {
        "version_id": str(version.id),
        "version": version.version,
        "metrics": version.metrics,
    }


def _fit(run: JobRunner, job_id: UUID) -> Version:
    from everlearn.modules.training.service import fitting

    wall, cpu = time.perf_counter(), time.process_time()
    run.progress(0.02, "reading what is known")
    with run.tx() as tx:
        begun = fitting.begin(tx, job_id)
        made = fitting.find_made(tx, begun)
        if made is not None:
            return made
    with run.tx() as tx:
        material = fitting.read(tx, begun)
    n_fit, n_holdout = int(material.split.fit.sum()), int(material.split.holdout.sum())
    rounds = material.config.rounds

    def shown(done: int) -> None:
        with run.tx() as tx:
            fitting.show_round(tx, begun, done=done, total=rounds)

    note = f"fitting on {n_fit:,} rows, measuring on {n_holdout:,}"
    run.progress(0.15, note)
    sign = _signs(run, rounds, start=0.15, stop=0.55, note=note, also=shown)
    outcome = fitting.fit_and_measure(material, on_round=sign)
    text = outcome.text
    if material.config.refit:
        note = f"fitting on all {len(material.labelled):,} rows"
        run.progress(0.55, note)
        sign = _signs(run, rounds, start=0.55, stop=0.95, note=note)
        text = fitting.fit_whole(material, on_round=sign)
    run.progress(0.95, "registering")
    resources = {
        "seconds": round(time.perf_counter() - wall, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "threads": settings().threads,
    }
    with run.tx() as tx:
        return fitting.save(tx, material, outcome, text=text, resources=resources)


def _signs(
    run: JobRunner,
    rounds: int,
    *,
    start: float,
    stop: float,
    note: str,
    also: Callable[[int], None] | None = None,
) -> Callable[[int], None]:
    every = max(rounds // _SIGNS, 1)

    def sign(done: int) -> None:
        if done % every == 0:
            run.progress(start + (stop - start) * done / rounds, note)
            if also:
                also(done)

    return sign
