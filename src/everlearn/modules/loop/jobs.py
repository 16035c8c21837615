"""Jobs of the loop module."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from everlearn.core.jobs import JobRunner, job
from everlearn.modules.loop import service


@job("loop.turn")
def turn(run: JobRunner) -> dict[str, Any]:
    """Turn the loop of one model, and queue its next turn first, so that a failure ends nothing."""
    model_id = UUID(run.args["model_id"])
    with run.tx() as tx:
        if service.find_policy(tx, model_id) is None:
            return {"steps": [], "note": "the policy is gone"}
        service.schedule(tx, model_id)
    with run.tx() as tx:
        done = service.turn(tx, model_id)
    return {"steps": [f"{step}: {why}" for step, why in done.steps]}
