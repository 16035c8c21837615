"""REST surface of the registry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from everlearn.core.rest import PagingDep, TxDep, require_role
from everlearn.modules.registry import service
from everlearn.modules.registry.types import Deployment, Model, Task, Version, VersionStatus

router = APIRouter(tags=["registry"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ModelBody(_Body):
    """What a model is."""

    task: Task = Field(description="What it predicts.")
    feature_set_id: UUID | None = Field(None, description="Feature set the next fit uses.")
    params: dict[str, Any] | None = Field(None, description="What the next fit starts from.")
    description: str | None = Field(None, description="What it is for.", max_length=2000)


class VersionBody(_Body):
    """A version fitted elsewhere."""

    artifact: str = Field(description="LightGBM model text.", min_length=1)
    feature_names: list[str] = Field(description="One name a column, in the text's order.")
    metrics: dict[str, float] = Field(description="Measured on data the fit had not seen.")
    trained_until: AwareDatetime = Field(description="Nothing known later was used.")
    params: dict[str, Any] = Field(default_factory=dict, description="What it was fitted with.")
    promised_loss: float | None = Field(None, description="Mean loss it is expected to keep.")
    dataset_sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="Hash of the data it was fitted on."
    )
    version: str | None = Field(
        None, pattern=r"^v\d+\.\d+\.\d+$", description="Semantic version; the next when left out."
    )


class StatusBody(_Body):
    """Where a version is to stand."""

    status: VersionStatus = Field(description="Any but active.")


class ActivateBody(_Body):
    """A decision for a version."""

    version: str = Field(description="Text of the version, such as v1.2.0.")
    reason: str = Field(min_length=1, max_length=500, description="Why, in one sentence.")
    evidence: dict[str, Any] = Field(default_factory=dict, description="Numbers it rests on.")


class RollbackBody(_Body):
    """A decision against the active version."""

    reason: str = Field(min_length=1, max_length=500, description="Why, in one sentence.")
    evidence: dict[str, Any] = Field(default_factory=dict, description="Numbers it rests on.")


@router.get("/v1/models", summary="List models")
def list_models(tx: TxDep, paging: PagingDep) -> list[Model]:
    """Give the tenant's models by name."""
    found = service.list_models(tx, limit=paging.limit + 1, after=paging.after)
    return paging.page(found, lambda model: model.name)


@router.get("/v1/models/{name}", summary="Get a model")
def get_model(tx: TxDep, name: str) -> Model:
    """Give a model by its name."""
    return service.get_model(tx, name)


@router.put("/v1/models/{name}", summary="Register a model, or change what its next fit uses")
def put_model(tx: TxDep, name: str, body: ModelBody) -> Model:
    """Make the model when there is none of this name; else take over what is given."""
    return service.ensure_model(
        tx,
        name,
        task=body.task,
        feature_set_id=body.feature_set_id,
        params=body.params,
        description=body.description,
    )


@router.get("/v1/models/{name}/versions", summary="List a model's versions")
def list_versions(tx: TxDep, name: str, paging: PagingDep) -> list[Version]:
    """Give the versions of a model, newest first."""
    model = service.get_model(tx, name)
    found = service.list_versions(tx, model.id, limit=paging.limit + 1, before=paging.number)
    return paging.page(found, lambda version: version.number)


@router.post("/v1/models/{name}/versions", status_code=201, summary="Register a version")
def add_version(tx: TxDep, name: str, body: VersionBody) -> Version:
    """Store a version that was fitted elsewhere, as a draft."""
    return service.register_version(
        tx,
        service.get_model(tx, name).id,
        artifact=body.artifact.encode(),
        feature_names=body.feature_names,
        params=body.params,
        metrics=body.metrics,
        trained_until=body.trained_until,
        promised_loss=body.promised_loss,
        dataset_sha256=body.dataset_sha256,
        version=body.version,
    )


@router.post("/v1/model_versions/{version_id}/status", summary="Move a version")
def set_status(tx: TxDep, version_id: UUID, body: StatusBody) -> Version:
    """Move a version to shadow, draft or archived."""
    return service.set_status(tx, version_id, body.status)


@router.get(
    "/v1/model_versions/{version_id}/artifact",
    summary="Download a version",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def artifact(tx: TxDep, version_id: UUID) -> Response:
    """Give the plain bytes of a version, checked against their hash."""
    version = service.get_version(tx, version_id)
    plain = service.load_artifact(tx, version_id)
    kind = "text/plain; charset=utf-8" if version.kind == service.LIGHTGBM_TEXT else None
    return Response(
        plain,
        media_type=kind or "application/octet-stream",
        headers={"etag": f'"{version.artifact_sha256}"'},
    )


@router.get("/v1/models/{name}/deployments", summary="List when which version was active")
def list_deployments(tx: TxDep, name: str, paging: PagingDep) -> list[Deployment]:
    """Give the spans in which versions of a model were active, oldest first."""
    model = service.get_model(tx, name)
    found = service.deployments(tx, model.id, limit=paging.limit + 1, after=paging.number)
    return paging.page(found, lambda span: span.number)


@router.post(
    "/v1/models/{name}/activate",
    summary="Make a version the active one",
    dependencies=[require_role("admin")],
)
def activate(tx: TxDep, name: str, body: ActivateBody) -> Deployment:
    """Swap the active version, whole or not at all."""
    version = service.named_version(tx, service.get_model(tx, name), body.version)
    return service.activate(tx, version.id, reason=body.reason, evidence=body.evidence)


@router.post(
    "/v1/models/{name}/rollback",
    summary="Go back to the version before",
    dependencies=[require_role("admin")],
)
def rollback(tx: TxDep, name: str, body: RollbackBody) -> Version:
    """Make the version active again that was so before."""
    model = service.get_model(tx, name)
    return service.rollback(tx, model.id, reason=body.reason, evidence=body.evidence)
