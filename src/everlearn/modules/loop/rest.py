"""REST of the loop module."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from everlearn.core.rest import TxDep, require_role
from everlearn.modules.loop import service
from everlearn.modules.registry import service as registry

router = APIRouter(tags=["loop"])


class PolicyChange(BaseModel):
    """What to change of a policy; what is left out stays."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    is_active: bool | None = None
    alpha: float | None = Field(None, gt=0, lt=1, description="Chance of a false promotion.")
    retrain_every_days: int | None = Field(None, ge=1, description="Days between trainings.")
    retrain_on_drift: bool | None = None
    min_days_between: int | None = Field(None, ge=0)
    max_trainings: int | None = Field(None, ge=1)
    shadow_days: int | None = Field(None, ge=1)
    promise_days: int | None = Field(None, ge=1)
    recalibrate_hours: int | None = Field(None, ge=1)
    calibration_rows: int | None = Field(None, ge=200)
    scan_hours: int | None = Field(None, ge=1)
    rollback_margin: float | None = Field(None, ge=0, description="Loss borne, in nats.")
    keep_baseline: bool | None = None


@router.get("/v1/models/{name}/policy", summary="Get a model's loop policy")
def get_policy(tx: TxDep, name: str) -> dict[str, Any]:
    """Give the policy that governs a model."""
    return asdict(service.get_policy(tx, registry.get_model(tx, name).id))


@router.patch(
    "/v1/models/{name}/policy",
    summary="Set a model's loop policy",
    dependencies=[require_role("admin")],
)
def set_policy(tx: TxDep, name: str, change: PolicyChange) -> dict[str, Any]:
    """Change a model's policy; make it with the defaults when there is none."""
    model = registry.get_model(tx, name)
    service.ensure_policy(tx, model.id)
    changes = change.model_dump(exclude_unset=True)
    return asdict(service.change_policy(tx, model.id, **changes))


@router.post(
    "/v1/models/{name}/turn",
    summary="Turn a model's loop once",
    dependencies=[require_role("admin")],
)
def turn(tx: TxDep, name: str) -> dict[str, Any]:
    """Look at a model now and do what its policy asks for."""
    done = service.turn(tx, registry.get_model(tx, name).id)
    return {"model": name, "steps": [{"step": step, "why": why} for step, why in done.steps]}
