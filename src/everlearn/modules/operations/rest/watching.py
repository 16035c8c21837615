"""Health, alerts and their rules; lists come from the tables' `expose`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from everlearn.core.rest import TxDep, require_role
from everlearn.modules.operations import service
from everlearn.modules.operations.types import AlertView, Current, Severity

router = APIRouter()


class RuleChange(BaseModel):
    """What changes of an alert rule; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    threshold: Annotated[float | None, Field(allow_inf_nan=False)] = None
    for_s: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    severity: Severity | None = None
    enabled: bool | None = None


class Health(BaseModel):
    """How the house does: open alerts, the numbers of now, the queries."""

    alerts: list[AlertView]
    readings: list[Current]
    queries: list[dict[str, Any]]


@router.get("/v1/health", summary="Get how the house does")
def health(tx: TxDep) -> Health:
    """Give open alerts and the numbers read within five minutes.

    The tenant that runs the installation also gets those of the whole house (scope `house`).
    """
    queries = [asdict(each) | {"ratio": each.ratio} for each in service.query_health(tx)]
    return Health(alerts=service.list_alerts(tx), readings=service.current(tx), queries=queries)


@router.post("/v1/alerts/{alert_id}/acknowledge", summary="Acknowledge an alert")
def acknowledge(tx: TxDep, alert_id: UUID) -> AlertView:
    """Note that one looks into an open alert; it closes by itself when its rule holds no more."""
    return service.acknowledge(tx, alert_id)


@router.put(
    "/v1/alert_rules/{name}", summary="Change an alert rule", dependencies=[require_role("admin")]
)
def set_rule(tx: TxDep, name: str, body: RuleChange) -> dict[str, Any]:
    """Change a rule's threshold, time, severity, or switch it off or on."""
    return service.set_rule(tx, name, **body.model_dump())
