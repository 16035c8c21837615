"""Experiments as JSON: start, observe, conclude, evidence and its history."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.rest import PagingDep, ReadTxDep, TxDep, require_role
from everlearn.modules.experiments import service
from everlearn.modules.experiments.types import Block, ExperimentStatus, Winner
from everlearn.modules.registry import service as registry

router = APIRouter(tags=["experiments"])

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]


class NewExperiment(BaseModel):
    """A challenger to be tried in shadow."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    model: str
    challenger_version_id: UUID
    alpha: float = Field(0.05, gt=0, lt=1, description="Chance of ever promoting wrongly.")
    block: Block = Field(Block.THREE_HOURS, description="How many outcomes make one bet.")
    clip: float | None = Field(None, gt=0, lt=1e9, description="Greatest difference that counts.")


class Conclusion(BaseModel):
    """How an experiment ends."""

    model_config = ConfigDict(extra="forbid")

    winner: Winner
    reason: Reason


@router.get("/v1/experiments", summary="List experiments on versions")
def list_experiments(
    tx: TxDep,
    paging: PagingDep,
    model: str | None = None,
    status: ExperimentStatus | None = None,
) -> list[dict[str, Any]]:
    """Give shadow tests and promises, newest first."""
    model_id = registry.get_model(tx, model).id if model else None
    found = service.list_experiments(
        tx, model_id=model_id, status=status, limit=paging.limit + 1, before=paging.id
    )
    return [asdict(one) for one in paging.page(found, lambda one: one.id)]


@router.post(
    "/v1/experiments",
    summary="Try a challenger in shadow",
    status_code=201,
    dependencies=[require_role("writer")],
)
def start(tx: TxDep, body: NewExperiment) -> dict[str, Any]:
    """Let a version answer unseen beside the live one, and bet that it is better."""
    found = service.start_shadow(
        tx,
        registry.get_model(tx, body.model).id,
        challenger_version_id=body.challenger_version_id,
        alpha=body.alpha,
        block=body.block,
        clip=body.clip,
    )
    return asdict(found)


@router.get("/v1/experiments/{experiment_id}", summary="Get an experiment and its evidence")
def get(tx: TxDep, experiment_id: UUID) -> dict[str, Any]:
    """Give an experiment with the evidence collected so far."""
    found = service.get(tx, experiment_id)
    return asdict(found) | {"evidence": service.verdict(tx, experiment_id).evidence()}


@router.get("/v1/experiments/{experiment_id}/history", summary="Get the evidence block by block")
def history(tx: ReadTxDep, experiment_id: UUID) -> list[dict[str, Any]]:
    """Give the evidence after each block, oldest first."""
    return [asdict(point) for point in service.history(tx, experiment_id)]


@router.post(
    "/v1/experiments/{experiment_id}/observe",
    summary="Bet on the outcomes known by now",
    dependencies=[require_role("writer")],
)
def observe(tx: TxDep, experiment_id: UUID) -> dict[str, Any]:
    """Bet on the blocks that are over by now; looking more often changes nothing."""
    return service.observe(tx, experiment_id, until=tx.now()).evidence()


@router.post(
    "/v1/experiments/{experiment_id}/conclude",
    summary="End an experiment with a winner",
    dependencies=[require_role("admin")],
)
def conclude(tx: TxDep, experiment_id: UUID, body: Conclusion) -> dict[str, Any]:
    """End it; activating a challenger that won is a request of its own."""
    return asdict(service.conclude(tx, experiment_id, winner=body.winner, reason=body.reason))
