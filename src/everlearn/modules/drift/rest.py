"""Drift as JSON: where the watch stands, scans, alerts and settings."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from everlearn.core.rest import PagingDep, TxDep, require_role
from everlearn.modules.drift import service
from everlearn.modules.registry import service as registry

router = APIRouter(tags=["drift"])

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Open01 = Annotated[float, Field(gt=0, lt=1)]
Threshold = Annotated[float, Field(ge=0, lt=1e6)]


class Window(BaseModel):
    """Live traffic to compare: what was answered in [since, until)."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(None, description="A day before `until` when left out.")
    until: AwareDatetime | None = Field(None, description="Now when left out.")


class Settlement(BaseModel):
    """Why an alert is settled."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class WatchChange(BaseModel):
    """What to change of a watch; what is left out stays."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    psi_enabled: bool | None = None
    adwin_enabled: bool | None = None
    alpha: Open01 | None = Field(None, description="Chance of a false alert or more in a scan.")
    thresholds: tuple[Threshold, Threshold, Threshold] | None = Field(
        None, description="Index at which info, warning and critical begin, rising."
    )
    min_rows: int | None = Field(None, ge=1, le=1_000_000)
    adwin_delta: Open01 | None = None
    loss_cap: float | None = Field(None, gt=0, lt=1e12)


@router.get("/v1/models/{name}/drift", summary="Get where the watch over a model stands")
def get_status(tx: TxDep, name: str) -> dict[str, Any]:
    """Give open alerts, the reference and how often each detector cried."""
    return asdict(service.status(tx, registry.get_model(tx, name).id))


@router.patch(
    "/v1/models/{name}/drift",
    summary="Change how a model is watched",
    dependencies=[require_role("admin")],
)
def change(tx: TxDep, name: str, body: WatchChange) -> dict[str, Any]:
    """Change some settings of a model's watch."""
    # Only the cap may be taken away; for the others null means: as it is.
    given = body.model_dump(exclude_unset=True).items()
    changes = {key: value for key, value in given if value is not None or key == "loss_cap"}
    return asdict(service.change_watch(tx, registry.get_model(tx, name).id, **changes))


@router.post(
    "/v1/models/{name}/drift/scan",
    summary="Compare a window of live traffic with the reference",
    dependencies=[require_role("writer")],
)
def scan(tx: TxDep, name: str, window: Window) -> list[dict[str, Any]]:
    """Measure every feature and the answers; a window measured before is given as stored."""
    until = window.until or tx.now()
    since = window.since or until - timedelta(days=1)
    found = service.scan(tx, registry.get_model(tx, name).id, since=since, until=until)
    return [asdict(item) for item in found]


@router.get("/v1/models/{name}/drift/alerts", summary="List a model's drift alerts")
def list_alerts(
    tx: TxDep, name: str, paging: PagingDep, *, only_open: bool = False
) -> list[dict[str, Any]]:
    """Give alerts, open ones and urgent ones first."""
    model_id = registry.get_model(tx, name).id
    found = service.list_alerts(
        tx, model_id=model_id, only_open=only_open, limit=paging.limit + 1, after=paging.id
    )
    return [asdict(item) for item in paging.page(found, lambda alert: alert.id)]


@router.post(
    "/v1/drift_alerts/{alert_id}/acknowledge",
    summary="Note that a person has seen an alert",
    dependencies=[require_role("writer")],
)
def acknowledge(tx: TxDep, alert_id: UUID) -> dict[str, Any]:
    """Note who has seen it; it stays open."""
    return asdict(service.acknowledge(tx, alert_id))


@router.post(
    "/v1/drift_alerts/{alert_id}/resolve",
    summary="Settle an alert",
    dependencies=[require_role("writer")],
)
def resolve(tx: TxDep, alert_id: UUID, body: Settlement) -> dict[str, Any]:
    """Settle it; the next alarm of its detector opens a new one."""
    return asdict(service.resolve(tx, alert_id, reason=body.reason))
