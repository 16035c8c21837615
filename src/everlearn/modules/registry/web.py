"""Pages of the registry: all models, and one with its versions and deployments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from everlearn.core import web
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.types import Mark, Series
from everlearn.core.rest import PrincipalDep, TxDep, require_role
from everlearn.modules.registry import service
from everlearn.modules.registry.types import (
    MOVES,
    Deployment,
    DeploymentKind,
    Model,
    Version,
    VersionStatus,
)

router = APIRouter()

#: A model of which nothing was heard for longer belongs to a time of its own.
_SILENCE = timedelta(days=366)
#: Metrics shown as columns, in this order, when any version has them.
_SHOWN = ("log_loss", "brier", "auc", "ece", "rmse", "mae")


@dataclass(frozen=True, slots=True)
class _ModelLine:
    """A model as the list shows it."""

    model: Model
    live: Version | None
    n_versions: int
    n_shadow: int

    @property
    def name(self) -> str:
        return self.model.name


@dataclass(frozen=True, slots=True)
class _VersionLine:
    """A version as the model's page shows it."""

    version: Version
    parent: str | None
    metrics: dict[str, float | None]

    @property
    def id(self) -> str:
        return str(self.version.id)


@router.get("/registry")
def models_page(request: Request, who: PrincipalDep, tx: TxDep) -> Response:  # noqa: ARG001 - signs in
    """Show the tenant's models."""
    live, counts = service.live_versions(tx), service.count_versions(tx)
    lines = [
        _ModelLine(
            model,
            live.get(model.id),
            counts[model.id].total(),
            counts[model.id][VersionStatus.SHADOW],
        )
        for model in service.list_models(tx)
    ]
    return web.page(
        request,
        "registry/models.html",
        title="Models",
        active="registry",
        live=True,
        now=tx.now(),
        lines=lines,
    )


@router.get("/registry/models/{name}")
def model_page(request: Request, who: PrincipalDep, tx: TxDep, name: str) -> Response:
    """Show one model: what is active, its versions, its deployments."""
    model = service.get_model(tx, name)
    versions = service.list_versions(tx, model.id)
    spans = service.deployments(tx, model.id)
    live = next((v for v in versions if v.status == VersionStatus.ACTIVE), None)
    texts = {v.id: v.version for v in versions}
    now = _present(tx.now(), versions, spans)
    shown = [m for m in _SHOWN if any(m in v.metrics for v in versions)]
    return web.page(
        request,
        "registry/model.html",
        title=model.name,
        active="registry",
        live=True,
        now=now,
        model=model,
        live_version=live,
        parent=texts.get(live.parent_version_id) if live and live.parent_version_id else None,
        lines=[
            _VersionLine(
                v,
                texts.get(v.parent_version_id) if v.parent_version_id else None,
                {m: v.metrics.get(m) for m in shown},
            )
            for v in versions
        ],
        metric_names=shown,
        spans=[_span(span, now) for span in reversed(spans)],
        chart=_timeline(model, spans, {v.id: v for v in versions}, now=now),
        may_decide=who.role == "admin",
        candidates=[v for v in versions if VersionStatus.ACTIVE in MOVES[v.status]],
        previous=service.find_previous(tx, model.id) if live else None,
    )


@router.post("/registry/models/{name}/activate", dependencies=[require_role("admin")])
def activate(
    tx: TxDep,
    name: str,
    version: Annotated[str, Form()],
    reason: Annotated[str, Form(min_length=1, max_length=500)],
) -> Response:
    """Make a version the active one."""
    wanted = service.named_version(tx, service.get_model(tx, name), version)
    service.activate(tx, wanted.id, reason=reason, evidence={})
    return RedirectResponse(f"/registry/models/{name}", status_code=303)


@router.post("/registry/models/{name}/rollback", dependencies=[require_role("admin")])
def rollback(
    tx: TxDep, name: str, reason: Annotated[str, Form(min_length=1, max_length=500)]
) -> Response:
    """Go back to the version before."""
    service.rollback(tx, service.get_model(tx, name).id, reason=reason, evidence={})
    return RedirectResponse(f"/registry/models/{name}", status_code=303)


def _present(now: datetime, versions: list[Version], spans: list[Deployment]) -> datetime:
    """Give the time up to which a model's story is told.

    A tenant that replays the past lives in its own time: years that it has not seen are left out.
    """
    seen = [v.created_at for v in versions] + [span.deployed_at for span in spans]
    last = max(seen, default=now)
    return now if now - last < _SILENCE else last


def _span(span: Deployment, now: datetime) -> dict[str, Any]:
    return {
        "number": span.number,
        "id": str(span.id),
        "version": span.version,
        "kind": span.kind.value,
        "status": span.status.value,
        "replaced": span.replaced_version,
        "deployed_at": span.deployed_at,
        "ended_at": span.ended_at,
        "lasted": (span.ended_at or now) - span.deployed_at,
        "reason": span.reason,
        "evidence": span.evidence,
        "by": span.deployed_by,
    }


def _timeline(
    model: Model, spans: list[Deployment], versions: dict[Any, Version], *, now: datetime
) -> Any:
    """Draw the promised loss of whichever version was active, with every swap marked."""
    points: list[tuple[datetime, float | None]] = []
    for span in spans:
        version = versions.get(span.version_id)  # none: a client's record, which cannot answer here
        promised = version.promised_loss if version else None
        points += [
            (span.deployed_at, promised),
            (max(span.ended_at or now, span.deployed_at), promised),
        ]
    marks = [
        Mark(
            at=span.deployed_at,
            kind="rollback" if span.kind == DeploymentKind.ROLLBACK else "promotion",
            label=f"{span.version}: {span.reason}",
            href=f"#deployment-{span.number}",
        )
        for span in spans
    ]
    return line_chart(
        [Series("promised loss", points)],
        title=f"Promised loss of the active version of {model.name}",
        marks=marks,
        y_format="num:3",
        height=140,
        empty="No active version has promised a loss yet.",
    )
